using Codec.Entropy;
using Codec.Errors;
using Codec.Models;
using Codec.Quantization;
using Codec.Simd;
using Codec.Tests.Entropy;

namespace Codec.Tests.Quantization;

public sealed class TrellisSearchTests
{
    private static readonly QualityEntry Entry = new(1f, 0.3f);

    [Fact]
    public void Run_VectorPath_GivesThePathOfThePlainOne()
    {
        Prior prior = TestPriors.Small();
        var random = new Random(21);
        for (int round = 0; round < 2_000; round++)
        {
            int quality = round % 2;
            (float[] magnitudes, byte[] scales) = Draw(random, prior.Tables.Qualities[quality].Coded, prior.Tables.Scales, 1 + round % 50);
            float lambda = round % 7 == 0 ? 0 : 0.5f * random.NextSingle();
            float[] effects = DrawEffects(random, magnitudes.Length);
            Assert.Equal(
                Search(prior, quality, SimdPath.Scalar, magnitudes, scales, effects, lambda),
                Search(prior, quality, SimdPath.Vector256, magnitudes, scales, effects, lambda)
            );
        }
    }

    [Fact]
    public void Run_ShortImage_CostsAsLittleAsTheBestOfAllPaths()
    {
        const int Length = 5;
        PriorTables tables = TestPriors.Small().Tables;
        PriorQuality quality = tables.Qualities[0];
        var prior = new Prior(tables with { Qualities = [quality with { Coded = Length, Biases = quality.Biases[..Length] }] });
        var rates = new RateTable(prior, 0);
        var dequantizer = new Dequantizer(prior, 0, Entry);
        var random = new Random(22);
        for (int round = 0; round < 40; round++)
        {
            (_, byte[] scales) = Draw(random, Length, tables.Scales, 1);
            float[] magnitudes = [.. Enumerable.Range(0, Length).Select(_ => 9 * random.NextSingle())];
            float[] effects = round % 2 == 0 ? new float[Length] : DrawEffects(random, Length);
            double best = double.PositiveInfinity;
            var all = new short[Length];
            for (int n = 0; n < 1 << (3 * Length); n++)
            {
                for (int i = 0; i < Length; i++)
                    all[i] = (short)(n >> (3 * i) & 7);
                best = Math.Min(best, Cost(all));
            }

            short[] found = Search(prior, 0, SimdPath.Scalar, magnitudes, scales, effects, 0.3f);
            Assert.Equal(best, Cost(found), 0.001);

            double Cost(short[] path)
            {
                double cost = 0;
                int state = 0;
                for (int i = 0; i < Length; i++)
                {
                    // As in the search, the candidates are zero and, unless a latent is insignificant, the two points around it.
                    int quantizer = tables.Trellis.Quantizer(state),
                        below = (int)((magnitudes[i] + quantizer) / 2);
                    if (path[i] != 0 && (magnitudes[i] < 0.5f || path[i] - below is not (0 or 1)))
                        return double.PositiveInfinity;
                    double error = magnitudes[i] - dequantizer.Point(quantizer, path[i]);
                    int activation = path[i] == 0 ? 0 : tables.Activations[Math.Min(path[i], tables.Activations.Length) - 1];
                    cost += error * error + 0.3 * (rates.Bits(scales[i], path[i])[state] + effects[i] * activation);
                    state = tables.Trellis.Next(state, path[i]);
                }

                return cost;
            }
        }
    }

    [Fact]
    public void Restore_WhatTheSearchChose_IsNearTheLatents()
    {
        Prior prior = TestPriors.Small();
        var dequantizer = new Dequantizer(prior, 1, new QualityEntry(2f, 0f));
        var encoder = new LatentEncoder(prior, 1, new QualityEntry(2f, 0f));
        var random = new Random(23);
        var symbols = new short[TestPriors.Latents];
        var restored = new float[TestPriors.Latents];
        double error = 0;
        for (int round = 0; round < 500; round++)
        {
            float[] latents = [.. Enumerable.Range(0, TestPriors.Latents).Select(_ => 200 * (random.NextSingle() - 0.5f))];
            SymbolCoder.Decode(prior, 1, encoder.Encode(latents), symbols);
            dequantizer.Restore(symbols, restored);
            for (int i = 0; i < latents.Length; i++)
            {
                Assert.InRange(restored[i] - latents[i], -4.1f, 4.1f);
                error += Math.Pow((restored[i] - latents[i]) / 2, 2) / (500 * latents.Length);
            }
        }

        // A uniform quantizer with the same number of points, two steps apart, has 4/12; the trellis packs them more densely.
        Assert.InRange(error, 0.15, 0.29);
    }

    [Fact]
    public void Encode_HostileLatents_GivesACode()
    {
        Prior prior = TestPriors.Small();
        var encoder = new LatentEncoder(prior, 1, Entry);
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, -float.Epsilon })
        {
            float[] latents = [.. Enumerable.Repeat(value, TestPriors.Latents)];
            var symbols = new short[TestPriors.Latents];
            byte[] code = encoder.Encode(latents);
            Assert.Equal(code.Length, SymbolCoder.Decode(prior, 1, code, symbols));
        }
    }

    [Theory]
    [InlineData(new byte[] { 0, 0 }, new byte[] { 2 })]
    [InlineData(new byte[] { 0, 1 }, new byte[] { 0 })]
    [InlineData(new byte[] { 0, 0, 0, 1 }, new byte[] { 0, 1 })]
    [InlineData(new byte[0], new byte[0])]
    public void Trellis_NotOne_IsRefused(byte[] next, byte[] quantizer) =>
        Assert.Throws<InvalidModelException>(() => new Trellis(next, quantizer));

    private static short[] Search(Prior prior, int quality, SimdPath path, float[] magnitudes, byte[] scales, float[] effects, float lambda)
    {
        var chosen = new short[magnitudes.Length];
        var search = new TrellisSearch(prior, new Dequantizer(prior, quality, Entry), new RateTable(prior, quality), path);
        effects.CopyTo(search.Effects, 0);
        search.Run(magnitudes, scales, lambda, chosen);
        return chosen;
    }

    private static float[] DrawEffects(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => 0.5f * (random.NextSingle() - 0.3f))];

    private static (float[] Magnitudes, byte[] Scales) Draw(Random random, int count, int scales, int spread) =>
        (
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(i => random.Next(100) == 0 ? 65_000 * random.NextSingle() : spread * random.NextSingle() / (1 + i % 9)),
            ],
            [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(scales))]
        );
}
