using Codec.Entropy;
using CsCheck;

namespace Codec.Tests.Entropy;

/// <summary>Creates priors by a fixed rule, so that tests do not depend on a trained model.</summary>
internal static class TestPriors
{
    public const int Latents = 48;
    public const int Transforms = 3;

    // The reach of a grid: more predictors than one vector holds, and a tail.
    private const int Reach = 11;

    /// <summary>Creates a prior of two qualities; its probabilities, weights and biases come from integer arithmetic alone.</summary>
    public static Prior Small()
    {
        return new(
            new PriorTables(
                Latents,
                Trellis.EightStates,
                Scales: 16,
                Decisions: 5,
                Shift: 5,
                Activations: [2, 3, 4, 5],
                Qualities: [Quality(20, 300, 12, withWeights: false, [-10, 4, 30, 7]), Quality(Latents, 420, 7, withWeights: true, [0, -1])]
            )
        );
    }

    /// <summary>
    /// Creates a grid's prior of two qualities, the second of which shares the weights of the first if it codes as many latents.
    /// </summary>
    /// <param name="predicted">Number of predicted latents.</param>
    /// <param name="adaptation">See <see cref="GridRule.Adaptation"/>.</param>
    /// <param name="reach">See <see cref="GridRule.Reach"/>.</param>
    /// <param name="coded">Coded latents of the second quality.</param>
    public static Prior Grid(int predicted = 2, int adaptation = 5, int reach = Reach, int coded = Latents)
    {
        return new(
            Small().Tables with
            {
                Grid = new GridRule(
                    predicted,
                    reach,
                    [
                        .. Enumerable
                            .Range(0, Prior.Neighbours * reach * reach)
                            .Select(i => (short)(i % (reach + 1) == 0 ? 500 - 170 * (i / reach / reach) : i * 53 % 91 - 45)),
                    ],
                    adaptation,
                    Transforms,
                    [.. Enumerable.Range(0, Transforms * Latents).Select(i => (ushort)(i * 5 % (Transforms * Latents)))]
                ),
                Qualities =
                [
                    Quality(Latents, 420, 7, withWeights: true, [0, -1]) with
                    {
                        Grid = Tables(1, Latents),
                    },
                    Quality(coded, 360, 7, withWeights: true, [0, -1]) with
                    {
                        Grid = Tables(2, coded),
                    },
                ],
            }
        );

        GridTables Tables(int seed, int coded) =>
            new(
                [.. Enumerable.Range(0, Prior.Neighbours * coded).Select(i => (sbyte)(i * 31 * seed % 19 - 4))],
                [.. Enumerable.Range(0, coded * coded).Select(i => (sbyte)(i * 29 % 13 - 5))],
                [.. Enumerable.Range(0, coded * (coded - 1) / 2).Select(i => (sbyte)(i * 41 % 21 - 8))],
                [.. Enumerable.Range(0, Prior.ExtentCount(coded)).Select(i => (ushort)(9000 + i * 7001 * seed % 48000))],
                [.. Enumerable.Range(0, Prior.TransformCount(Transforms)).Select(i => (ushort)(12000 + i * 5003 * seed % 41000))],
                [.. Enumerable.Range(0, (Transforms - 1) * coded).Select(i => (short)(i * 37 * seed % 300 - 150))],
                [
                    .. Enumerable
                        .Range(0, (reach - predicted) * Prior.Certainties)
                        .Select(i => (ushort)(30000 + i % Prior.Certainties * 4000)),
                ]
            );
    }

    /// <summary>Creates the prior of <see cref="Grid"/> with steps that differ between latents and blocks.</summary>
    public static Prior Stepped() => Stepped(Grid().Tables);

    /// <summary>
    /// Creates a prior whose colours are predicted: three means, colours inside the reach and outside, and a second quality that codes some
    /// luminances without their colours.
    /// </summary>
    public static Prior Coloured()
    {
        const ushort none = ColourRule.None;
        // A group of latents is of one function: luminance, first colour, second colour. Any order is allowed, and a luminance can have
        // several colours of a kind.
        (int Luminance, int First, int Second)[] functions =
        [
            (0, 1, 2),
            (3, 4, 6),
            (5, 7, 9),
            (8, 10, 25),
            (11, 12, 16),
            (13, 14, 40),
            (15, 17, 18),
            (19, 20, 21),
            (22, 38, 39),
            (23, 24, 26),
            (27, 30, none),
            (28, 29, 31),
            (3, 32, 33),
            (34, 35, 36),
            (13, 37, 41),
            (42, 43, 44),
        ];
        var colours = new ColourRule([.. Enumerable.Repeat(none, Latents)], [.. Enumerable.Repeat(none, Latents)], [900, 1500]);
        foreach ((int luminance, int first, int second) in functions)
        {
            colours.Luminance[first] = (ushort)luminance;
            if (second != none)
                (colours.Luminance[second], colours.First[second]) = ((ushort)luminance, (ushort)first);
        }

        PriorTables tables = Stepped(Grid(predicted: 3, reach: 19, coded: 37).Tables).Tables;
        return new(tables with { Grid = tables.Grid! with { Colours = colours } });
    }

    private static Prior Stepped(PriorTables tables)
    {
        const int levels = 5;
        return new(
            tables with
            {
                Grid = tables.Grid! with
                {
                    Steps = new StepRule(
                        [.. Enumerable.Range(0, Latents).Select(i => (ushort)(400 + i * 211 % 1900))],
                        [.. Enumerable.Range(0, Latents).Select(i => (byte)(i < 2 ? 0 : 1 + i % 2))],
                        [.. Enumerable.Range(0, Latents).Select(i => (ushort)(i % 3 == 0 ? 40 + i * 13 : 0))],
                        levels,
                        Neutral: 2,
                        EnergySlope: 1500,
                        MeanSlope: 5000
                    ),
                },
                Qualities =
                [
                    .. tables.Qualities.Select(
                        (quality, q) => quality with { Grid = quality.Grid! with { Steps = Tables(q + 1, quality.Coded) } }
                    ),
                ],
            }
        );

        static StepTables Tables(int seed, int coded) =>
            new(
                3000 * seed,
                Origin: -2_300_000 + 90_000 * seed,
                MeanOrigin: 37_000,
                MeanScale: 160 * seed,
                [.. Enumerable.Range(0, levels * coded).Select(i => (short)(i * 43 * seed % 200 - 100))]
            );
    }

    /// <summary>Draws symbols like those of a real image: large ones first, then mostly zeros; a few are outliers.</summary>
    public static short[] Symbols(Random random, int coded, int scale = 6)
    {
        var symbols = new short[Latents];
        for (int i = 0; i < coded; i++)
        {
            double spread = scale * Math.Exp(-i / 12.0);
            double magnitude = -Math.Log(1 - random.NextDouble()) * spread;
            if (random.Next(200) == 0)
                magnitude = random.Next(short.MaxValue + 1);
            symbols[i] = (short)((random.Next(2) == 0 ? 1 : -1) * (int)Math.Min(magnitude, short.MaxValue));
        }

        return symbols;
    }

    /// <summary>Generates a block's symbols: descending magnitudes, one in 200 of any size, then zeros after the coded ones.</summary>
    public static Gen<short[]> AnySymbols(int coded) =>
        from scale in Gen.Int[1, 40]
        from drawn in Gen.Select(Gen.Double.Unit, Gen.Int[0, 199], Gen.Short[0, short.MaxValue], Gen.Bool).Array[coded]
        select Shaped(scale, drawn);

    private static PriorQuality Quality(int coded, int bias, int slope, bool withWeights, sbyte[] centroids) =>
        new(
            coded,
            [.. Enumerable.Range(0, coded).Select(i => bias - slope * i)],
            withWeights ? [.. Enumerable.Range(0, coded * (coded - 1) / 2).Select(i => (sbyte)(i * 37 % 23 - 9))] : [],
            [
                .. Enumerable
                    .Range(0, 8 * 16 * 5)
                    .Select(i => (ushort)Math.Max(1, (i / 5 % 16 + 1) * (3200 + i / 80 * 100) / (1 + i % 5 / 2))),
            ],
            centroids
        );

    private static short[] Shaped(int scale, (double Unit, int Rare, short Any, bool IsNegative)[] drawn)
    {
        var symbols = new short[Latents];
        for (int i = 0; i < drawn.Length; i++)
        {
            double magnitude = drawn[i].Rare == 0 ? drawn[i].Any : -Math.Log(1 - drawn[i].Unit) * scale * Math.Exp(-i / 12.0);
            symbols[i] = (short)((drawn[i].IsNegative ? -1 : 1) * (int)Math.Min(magnitude, short.MaxValue));
        }

        return symbols;
    }
}
