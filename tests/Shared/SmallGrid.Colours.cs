using Codec.Entropy;

namespace Codec.Tests.Shared;

public static partial class SmallGrid
{
    /// <summary>[planes, channels], orthonormal rows: luminance, red less blue, and green less their mean; a grey has no colour.</summary>
    private static float[] Colours { get; } = CreateColours();

    /// <summary>The tables of a model whose steps differ, and whose colours are predicted from the luminance.</summary>
    private static PriorTables ColouredTables()
    {
        const int Levels = 4;
        PriorTables tables = Tables();
        int[] latents = [.. Enumerable.Range(0, Latents)];
        return tables with
        {
            Grid = tables.Grid! with
            {
                Steps = new StepRule(
                    [.. latents.Select(i => (ushort)(i % 3 == 0 ? 1024 : 1200 + 100 * (i % 3)))],
                    [.. latents.Select(i => (byte)(i < 3 ? 0 : 1 + i % 2))],
                    [.. latents.Select(i => (ushort)(i < 48 ? 40 : 0))],
                    Levels,
                    Neutral: 1,
                    EnergySlope: 150,
                    MeanSlope: 20
                ),
                // Three consecutive latents are of one function: see Order.
                Colours = new ColourRule(
                    [.. latents.Select(i => (ushort)(i % 3 == 0 ? ColourRule.None : i - i % 3))],
                    [.. latents.Select(i => (ushort)(i % 3 == 2 ? i - 1 : ColourRule.None))],
                    [1000, 1024]
                ),
            },
            Qualities =
            [
                .. tables.Qualities.Select(quality =>
                    quality with
                    {
                        Grid = quality.Grid! with
                        {
                            Steps = new StepTables(
                                Floor: 100,
                                Origin: -60_000,
                                MeanOrigin: 32_768,
                                MeanScale: 200,
                                [.. Enumerable.Range(0, Levels * quality.Coded).Select(i => (short)(i / quality.Coded * 3 - 4))]
                            ),
                        },
                    }
                ),
            ],
        };
    }

    private static float[] CreateColours()
    {
        float third = MathF.Sqrt(1 / 3f),
            half = MathF.Sqrt(0.5f),
            sixth = MathF.Sqrt(1 / 6f);
        return [third, third, third, half, 0, -half, sixth, -2 * sixth, sixth];
    }
}
