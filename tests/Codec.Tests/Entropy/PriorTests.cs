using Codec.Entropy;
using Codec.Errors;

namespace Codec.Tests.Entropy;

public sealed class PriorTests
{
    [Fact]
    public void Parse_ItsOwnBlob_GivesTheSameTables()
    {
        byte[] blob = TestPriors.Small().ToBlob();
        Assert.Equal(blob, Prior.Parse(blob).ToBlob());
    }

    [Fact]
    public void Parse_TruncatedOrProlonged_Throws()
    {
        byte[] blob = TestPriors.Small().ToBlob();
        for (int length = 0; length < blob.Length; length += 1 + length / 50)
            Assert.Throws<InvalidModelException>(() => Prior.Parse(blob.AsSpan(0, length)));
        Assert.Throws<InvalidModelException>(() => Prior.Parse([.. blob, 0]));
    }

    [Fact]
    public void Parse_RandomBytes_GivesOnlyTheDocumentedException()
    {
        var random = new Random(6);
        byte[] blob = TestPriors.Small().ToBlob();
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = [.. blob];
            for (int i = 0; i < 4; i++)
                damaged[random.Next(round % 2 == 0 ? 12 : damaged.Length)] = (byte)random.Next(256);
            try
            {
                Prior.Parse(damaged);
            }
            catch (InvalidModelException exception)
            {
                Assert.Equal("prior", exception.Field);
            }
        }
    }

    [Fact]
    public void Constructor_TablesThatDoNotFit_NamesTheSize()
    {
        PriorTables good = TestPriors.Small().Tables;
        Refused("0 latents", good with { Latents = 0 });
        Refused("shift of 25", good with { Shift = 25 });
        Refused("0 qualities", good with { Qualities = [] });
        Refused("probabilities", good with { Scales = 15 });
        PriorQuality quality = good.Qualities[1];
        RefusedQuality("weights", quality with { Weights = [1] });
        RefusedQuality("a probability is 0", quality with { Continue = new ushort[quality.Continue.Length] });
        RefusedQuality("latents coded", quality with { Coded = TestPriors.Latents + 1 });
        RefusedQuality("biases", quality with { Biases = [1, 2] });
        RefusedQuality("a bias", quality with { Biases = [.. quality.Biases[1..], int.MinValue] });
        RefusedQuality("centroids", quality with { Centroids = [1] });

        void RefusedQuality(string word, PriorQuality bad) => Refused(word, good with { Qualities = [bad] });

        static void Refused(string word, PriorTables tables) =>
            Assert.Contains(word, Assert.Throws<InvalidModelException>(() => new Prior(tables)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Observe_VectorAndPlain_GiveTheSameScales()
    {
        // The same sums, written out as in format.md.
        Prior prior = TestPriors.Small();
        var random = new Random(7);
        for (int round = 0; round < 500; round++)
        {
            short[] symbols = TestPriors.Symbols(random, TestPriors.Latents);
            var context = new SymbolContext(prior, 1, new int[TestPriors.Latents]);
            for (int i = 0; i < TestPriors.Latents; i++)
            {
                int accumulator = prior.Tables.Qualities[1].Biases[i];
                for (int j = 0; j < i; j++)
                {
                    int magnitude = Math.Abs((int)symbols[j]);
                    if (magnitude == 0)
                        continue;
                    int weight = prior.Tables.Qualities[1].Weights[j * TestPriors.Latents - j * (j + 1) / 2 + i - j - 1];
                    accumulator += prior.Tables.Activations[Math.Min(magnitude, prior.Tables.Activations.Length) - 1] * weight;
                }

                Assert.Equal(Math.Clamp(accumulator >> prior.Tables.Shift, 0, prior.Tables.Scales - 1), context.Scale(i));
                if (symbols[i] != 0)
                    context.Observe(i, Math.Abs((int)symbols[i]));
            }
        }
    }
}
