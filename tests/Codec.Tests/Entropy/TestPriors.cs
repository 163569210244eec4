using Codec.Entropy;

namespace Codec.Tests.Entropy;

/// <summary>Priors made by a fixed rule, so that golden vectors need no file beside them.</summary>
internal static class TestPriors
{
    public const int Latents = 48;

    /// <summary>Two qualities; probabilities, weights and biases from integer arithmetic alone.</summary>
    public static Prior Small() => new(new PriorTables(
        Latents,
        Trellis.EightStates,
        Scales: 16,
        Decisions: 5,
        Shift: 5,
        Continue: [.. Enumerable.Range(0, 2 * 16 * 5).Select(i => (ushort)Math.Max(1, (i / 5 % 16 + 1) * (3300 + i / 80 * 600) / (1 + i % 5 / 2)))],
        Activations: [2, 3, 4, 5],
        Weights: [.. Enumerable.Range(0, Latents * (Latents - 1) / 2).Select(i => (sbyte)(i * 37 % 23 - 9))],
        Qualities:
        [
            new PriorQuality(20, [.. Enumerable.Range(0, 20).Select(i => 300 - 12 * i)], [-10, 4, 30, 7]),
            new PriorQuality(Latents, [.. Enumerable.Range(0, Latents).Select(i => 420 - 7 * i)], [0, -1]),
        ]));

    /// <summary>Symbols as a real image has them: large ones first, then mostly zeros; now and then one far out.</summary>
    public static short[] Symbols(Random random, int coded, int scale = 6)
    {
        var symbols = new short[Latents];
        for (int i = 0; i < coded; i++)
        {
            double spread = scale * Math.Exp(-i / 12.0);
            double magnitude = -Math.Log(1 - random.NextDouble()) * spread;
            if (random.Next(200) == 0) magnitude = random.Next(short.MaxValue + 1);
            symbols[i] = (short)((random.Next(2) == 0 ? 1 : -1) * (int)Math.Min(magnitude, short.MaxValue));
        }

        return symbols;
    }
}
