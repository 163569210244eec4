using Codec.Entropy;
using Codec.Errors;
using Codec.Models;
using Codec.Quantization;
using Codec.Tests.Golden;
using Codec.Tests.Shared;
using CsCheck;

namespace Codec.Tests.Entropy;

/// <summary>Tests grids whose colours are predicted from the luminance.</summary>
public sealed class ColouredGridTests
{
    /// <summary>The largest magnitude of a prediction.</summary>
    private const int Saturated = 1 << 22;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 7)]
    [InlineData(6, 1)]
    [InlineData(5, 4)]
    public void Encode_RandomGrids_DecodesToTheSameSymbols(int rows, int columns)
    {
        Prior prior = TestPriors.Coloured();
        Gen.Select(Gen.Int[0, 1], GridCoderTests.AnyBlocks(rows * columns))
            .Holds(
                sample =>
                {
                    int quality = sample.Item1;
                    short[][] blocks = Coded(prior, quality, sample.Item2);
                    // Predictions of means reach far beyond them here; a difference of more than 32,767 cannot be coded.
                    foreach (short[] block in blocks)
                    {
                        for (int i = 0; i < 3; i++)
                            block[i] %= 1024;
                    }

                    byte[] code = GridCoderTests.Encode(prior, quality, rows, columns, blocks);
                    (short[][] decoded, int length) = GridCoderTests.Decode(prior, quality, rows, columns, [.. code, 1, 2, 3]);
                    Assert.Equal(code.Length, length);
                    Assert.Equal(blocks, decoded);
                },
                count: 20
            );
    }

    [Fact]
    public void Reference_RandomGrids_AgreesOnSymbolsLevelsAndPredictions()
    {
        Prior prior = TestPriors.Coloured();
        var levels = new HashSet<int>();
        int predicted = 0,
            afterLast = 0;
        for (int seed = 0; seed < 16; seed++)
        {
            int quality = seed % 2;
            short[][] blocks = Coded(prior, quality, GridCoderTests.Blocks(new Random(seed), 12));
            byte[] code = GridCoderTests.Encode(prior, quality, 3, 4, blocks);
            ReferenceGrid reference = AssertAgrees(prior, quality, 3, 4, code);
            Assert.Equal(blocks, reference.Symbols);
            Assert.Equal(code.Length, reference.Length);
            levels.UnionWith(reference.Levels);
            foreach ((short[] symbols, int[] predictions) in blocks.Zip(reference.Predicted))
            {
                predicted += predictions.Count(prediction => prediction != 0);
                afterLast += predictions.AsSpan(Array.FindLastIndex(symbols, symbol => symbol != 0) + 1).ContainsAnyExcept(0) ? 1 : 0;
            }
        }

        Assert.InRange(levels.Count, 3, prior.Tables.Grid!.Steps!.Levels);
        Assert.InRange(predicted, 100, int.MaxValue);
        // A latent can have a prediction where the code has no symbol for it.
        Assert.InRange(afterLast, 5, int.MaxValue);
    }

    [Fact]
    public void Reference_ExtremeFactorsPredictorsAndSymbols_AgreesUntilPredictionsSaturate()
    {
        int saturated = 0,
            coded = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            Prior prior = Extreme(random);
            int quality = seed % 2;
            int most = seed % 4 == 0 ? short.MaxValue : 1 << random.Next(4, 15);
            short[][] blocks = Coded(prior, quality, [.. Enumerable.Range(0, 6).Select(_ => Large(random, most))]);
            // A mean of zero can be coded whatever its prediction is.
            if (seed % 3 > 0)
                Array.ForEach(blocks, block => block.AsSpan(0, 3).Clear());
            try
            {
                ReferenceGrid reference = AssertAgrees(prior, quality, 2, 3, GridCoderTests.Encode(prior, quality, 2, 3, blocks));
                Assert.Equal(blocks, reference.Symbols);
                saturated += reference.Predicted.Sum(block => block.Count(prediction => Math.Abs(prediction) == Saturated));
                coded++;
            }
            catch (ArgumentException)
            {
                // A symbol is too far from its prediction to be coded.
            }
        }

        Assert.InRange(coded, 30, 60);
        Assert.InRange(saturated, 20, int.MaxValue);
    }

    [Fact]
    public void Reference_RandomBytes_AgreesOnSymbolsPredictionsLengthAndDamage()
    {
        var random = new Random(14);
        int valid = 0;
        for (int round = 0; round < 400; round++)
        {
            Prior prior = round % 4 < 2 ? TestPriors.Coloured() : Extreme(random);
            byte[] bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            try
            {
                (_, int length) = GridCoderTests.Decode(prior, round % 2, 2, 2, bytes);
                Assert.Equal(length, AssertAgrees(prior, round % 2, 2, 2, bytes).Length);
                valid++;
            }
            catch (InvalidCodeException)
            {
                Assert.Null(new ReferenceGridDecoder(prior.Tables, round % 2, 2, bytes).Decode(2));
            }
        }

        Assert.InRange(valid, 1, 399);
    }

    [Fact]
    public void Decode_AHundredThousandRandomCodes_GiveOnlyTheDocumentedException() =>
        GridCoderTests.DecodeRandomCodes(TestPriors.Coloured());

    [Fact]
    public void Restore_EveryBlock_AddsThePredictionsAsTheFormatSays()
    {
        Prior prior = TestPriors.Coloured();
        const float step = 7.3f;
        int predicted = 0;
        for (int quality = 0; quality < 2; quality++)
        {
            int coded = prior.Tables.Qualities[quality].Coded;
            var dequantizer = new Dequantizer(prior, quality, new QualityEntry(step, Lambda: 0.3f));
            byte[] code = GridCoderTests.Encode(prior, quality, 3, 4, Coded(prior, quality, GridCoderTests.Blocks(new Random(31), 12)));
            ReferenceGrid reference = new ReferenceGridDecoder(prior.Tables, quality, 4, code).Decode(3)!;
            GridCoder.Decode(
                new GridContext(prior, quality, 4),
                new RowRange(0, 3),
                code,
                (in block) =>
                {
                    int index = 4 * block.Row + block.Column;
                    short[] which = new short[coded];
                    float[] values = new float[coded],
                        actual = new float[coded];
                    dequantizer.Restore(block.Level, block.Latents, which, values);
                    for (int k = 0; k < block.Latents.Length; k++)
                        actual[which[k]] = values[k];
                    Assert.Equal(ReferenceLatents.Restore(prior.Tables, quality, step, reference, index), actual);
                    predicted += reference.Predicted[index].Count(prediction => prediction != 0);
                }
            );
        }

        Assert.InRange(predicted, 20, int.MaxValue);
    }

    [Fact]
    public void Parse_ItsBlob_GivesTheSameTables()
    {
        byte[] blob = TestPriors.Coloured().ToBlob();
        Assert.Equal(4, blob[4]);
        Prior parsed = Prior.Parse(blob);
        Assert.Equal(blob, parsed.ToBlob());
        ColourRule expected = TestPriors.Coloured().Tables.Grid!.Colours!,
            actual = parsed.Tables.Grid!.Colours!;
        Assert.Equal(expected.Luminance, actual.Luminance);
        Assert.Equal(expected.First, actual.First);
        Assert.Equal(expected.Bounds, actual.Bounds);
        for (int length = 0; length < blob.Length; length += 1 + length / 50)
            Assert.Throws<InvalidModelException>(() => Prior.Parse(blob.AsSpan(0, length)));
        Assert.Throws<InvalidModelException>(() => Prior.Parse([.. blob, 0]));
    }

    [Fact]
    public void Constructor_ColoursThatDoNotFit_NamesTheLatent()
    {
        PriorTables good = TestPriors.Coloured().Tables;
        GridRule rule = good.Grid!;
        RefusedRule("1 and 48 latents", rule with { Colours = rule.Colours! with { Luminance = [1] } });
        RefusedRule("48 and 0 latents", rule with { Colours = rule.Colours! with { First = [] } });
        RefusedRule("steps do not differ", rule with { Steps = null });
        RefusedRule("the bounds 2, 1;", rule with { Colours = rule.Colours with { Bounds = [2, 1] } });
        RefusedRule("the bounds 1;", rule with { Colours = rule.Colours with { Bounds = [1] } });
        // A luminance that comes later, is the latent itself, is a colour, or lies across the predicted latents.
        Refused("latent 20 is predicted from latent 22", latent: 20, luminance: 22);
        Refused("latent 20 is predicted from latent 20", latent: 20, luminance: 20);
        Refused("latent 20 is predicted from latent 17", latent: 20, luminance: 17);
        Refused("latent 20 is predicted from latent 0", latent: 20, luminance: 0);
        Refused("latent 20 is predicted from latent 48", latent: 20, luminance: 48);
        Refused("latent 2 is predicted from latent 3", latent: 2, luminance: 3);
        // A first colour that comes later, is luminance, is the second colour, has another luminance, or lies across the predicted latents.
        Refused("latent 21 is predicted from latent 30", latent: 21, first: 30);
        Refused("latent 21 is predicted from latent 19", latent: 21, first: 19);
        Refused("latent 33 is predicted from latent 6", latent: 33, first: 6);
        Refused("latent 21 is predicted from latent 17", latent: 21, first: 17);
        Refused("latent 21 is predicted from latent 1", latent: 21, first: 1);
        Refused("latent 21 is predicted from latent 65534", latent: 21, first: 65534);
        Refused("latent 19 is of luminance", latent: 19, first: 17);

        void Refused(string words, int latent, int? luminance = null, int? first = null)
        {
            ushort[] luminances = [.. rule.Colours!.Luminance],
                firsts = [.. rule.Colours.First];
            luminances[latent] = (ushort)(luminance ?? luminances[latent]);
            firsts[latent] = (ushort)(first ?? firsts[latent]);
            RefusedRule(words, rule with { Colours = rule.Colours with { Luminance = luminances, First = firsts } });
        }

        void RefusedRule(string words, GridRule bad)
        {
            PriorQuality[] qualities =
            [
                .. good.Qualities.Select(quality =>
                    bad.Steps is null ? quality with { Grid = quality.Grid! with { Steps = null } } : quality
                ),
            ];
            string message = Assert.Throws<InvalidModelException>(() => new Prior(good with { Grid = bad, Qualities = qualities })).Message;
            Assert.Contains(words, message, StringComparison.Ordinal);
        }
    }

    /// <summary>The blocks without the symbols that a quality does not code.</summary>
    internal static short[][] Coded(Prior prior, int quality, short[][] blocks)
    {
        foreach (short[] block in blocks)
            block.AsSpan(prior.Tables.Qualities[quality].Coded).Clear();
        return blocks;
    }

    internal static int[][] Predictions(Prior prior, int quality, int rows, int columns, byte[] code)
    {
        var predictions = new int[rows * columns][];
        GridCoder.Decode(
            new GridContext(prior, quality, columns),
            new RowRange(0, rows),
            code,
            (in block) =>
            {
                int[] all = predictions[block.Row * columns + block.Column] = new int[prior.Tables.Qualities[quality].Coded];
                foreach (CodedLatent latent in block.Latents)
                    all[latent.Latent] = latent.Prediction;
            }
        );
        return predictions;
    }

    /// <summary>Decodes a valid code in both ways.</summary>
    private static ReferenceGrid AssertAgrees(Prior prior, int quality, int rows, int columns, byte[] code)
    {
        ReferenceGrid? reference = new ReferenceGridDecoder(prior.Tables, quality, columns, code).Decode(rows);
        Assert.NotNull(reference);
        Assert.Equal(reference.Symbols, GridCoderTests.Decode(prior, quality, rows, columns, code).Blocks);
        Assert.Equal(reference.Levels, SteppedGridTests.Levels(prior, quality, rows, columns, code));
        Assert.Equal(reference.Predicted, Predictions(prior, quality, rows, columns, code));
        return reference;
    }

    /// <summary>The coloured prior with steps of any ratio, and predictors of any size.</summary>
    private static Prior Extreme(Random random)
    {
        PriorTables tables = TestPriors.Coloured().Tables;
        GridRule rule = tables.Grid!;
        return new(
            tables with
            {
                Grid = rule with
                {
                    Steps = rule.Steps! with { Factors = [.. rule.Steps.Factors.Select(_ => Factor(random))] },
                    Predictors = [.. rule.Predictors.Select(_ => (short)(random.Next(3) == 0 ? random.Next(1 << 16) : 0))],
                },
            }
        );
    }

    private static ushort Factor(Random random) =>
        random.Next(4) switch
        {
            0 => 1,
            1 => ushort.MaxValue,
            _ => (ushort)Math.Pow(2, 16 * random.NextDouble()),
        };

    /// <summary>Draws symbols up to a bound, of any size, of which half are zero.</summary>
    private static short[] Large(Random random, int most) =>
        [
            .. Enumerable
                .Range(0, TestPriors.Latents)
                .Select(_ =>
                    random.Next(2) == 0 ? (short)0 : (short)((random.Next(2) == 0 ? 1 : -1) * Math.Pow(most, random.NextDouble()))
                ),
        ];
}
