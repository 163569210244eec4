using Codec.Entropy;
using Codec.Models;
using Codec.Quantization;
using Codec.Tests.Entropy;
using Codec.Tests.Golden;

namespace Codec.Tests.Quantization;

public sealed class GridSearchTests
{
    private const int Rows = 4;
    private const int Columns = 5;
    private const float Step = 3.7f;

    [Theory]
    [InlineData(0, 40)]
    [InlineData(1, 40)]
    [InlineData(0, 4000)]
    [InlineData(1, 400_000)]
    public void Choose_ColouredBlocks_AimsAtTheLatentsLessWhatADecoderPredicts(int quality, float size)
    {
        Prior prior = TestPriors.Coloured();
        (GridRule rule, int coded) = (prior.Tables.Grid!, prior.Tables.Qualities[quality].Coded);
        var random = new Random(quality + (int)size);
        var context = new GridContext(prior, quality, Columns);
        var search = new GridSearch(context, new QualityEntry(Step, Lambda: 0.3f), new GridRates(prior, quality));
        var latents = new float[Rows * Columns][];
        var targets = new float[Rows * Columns][];
        byte[] code = GridCoder.Encode(
            context,
            new RowRange(0, Rows),
            (row, column, symbols) =>
            {
                int block = row * Columns + column;
                float[] own = latents[block] = new float[TestPriors.Latents];
                int transform = search.ChooseTransform(Graph(rule, random, size), own);
                search.Choose(transform, own, symbols);
                targets[block] = search.Targets.ToArray();
                return transform;
            }
        );
        ReferenceGrid decoded = new ReferenceGridDecoder(prior.Tables, quality, Columns, code).Decode(Rows)!;
        int predicted = 0;
        for (int block = 0; block < latents.Length; block++)
        {
            for (int i = rule.Predicted; i < coded; i++)
            {
                int prediction = decoded.Predicted[block][i];
                float expected = latents[block][i];
                if (prediction != 0)
                {
                    predicted++;
                    float unit = Step * (rule.Steps!.Factors[rule.Colours!.Luminance[i]] / 1024f) / 16,
                        term = prediction * unit;
                    expected -= term;
                }

                Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(targets[block][i]));
            }
        }

        Assert.InRange(predicted, 20, int.MaxValue);
    }

    /// <summary>Draws a block's latents under all transforms: colours follow their luminance, with noise.</summary>
    private static float[] Graph(GridRule rule, Random random, float size)
    {
        var graph = new float[rule.Order.Length];
        for (int transform = 0; transform < rule.Transforms; transform++)
        {
            ReadOnlySpan<ushort> places = rule.Places(transform);
            for (int i = 0; i < places.Length; i++)
            {
                float noise = size * (random.NextSingle() - 0.5f) / (1 + i / 6f);
                int luminance = rule.Colours!.Luminance[i];
                graph[places[i]] = luminance == ColourRule.None ? noise : 0.6f * graph[places[luminance]] + 0.2f * noise;
            }
        }

        return graph;
    }
}
