using Codec.Entropy;
using Codec.Errors;
using Codec.Models;
using Codec.Quantization;
using Codec.Tests.Golden;
using Codec.Tests.Shared;
using CsCheck;

namespace Codec.Tests.Entropy;

/// <summary>Tests grids whose steps differ between latents and blocks.</summary>
public sealed class SteppedGridTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 7)]
    [InlineData(6, 1)]
    [InlineData(5, 4)]
    public void Encode_RandomGrids_DecodesToTheSameSymbols(int rows, int columns)
    {
        Prior prior = TestPriors.Stepped();
        Gen.Select(Gen.Int[0, 1], GridCoderTests.AnyBlocks(rows * columns))
            .Holds(
                sample =>
                {
                    (int quality, short[][] blocks) = sample;
                    byte[] code = GridCoderTests.Encode(prior, quality, rows, columns, blocks);
                    (short[][] decoded, int length) = GridCoderTests.Decode(prior, quality, rows, columns, [.. code, 1, 2, 3]);
                    Assert.Equal(code.Length, length);
                    Assert.Equal(blocks, decoded);
                },
                count: 20
            );
    }

    [Fact]
    public void Reference_RandomGrids_DecodesToTheSameSymbolsAndLevels()
    {
        Prior prior = TestPriors.Stepped();
        var met = new HashSet<int>();
        for (int seed = 0; seed < 12; seed++)
        {
            short[][] blocks = GridCoderTests.Blocks(new Random(seed), 12);
            byte[] code = GridCoderTests.Encode(prior, seed % 2, 3, 4, blocks);
            ReferenceGrid? expected = new ReferenceGridDecoder(prior.Tables, seed % 2, 4, code).Decode(3);
            Assert.NotNull(expected);
            Assert.Equal(blocks, expected.Symbols);
            Assert.Equal(code.Length, expected.Length);
            Assert.Equal(expected.Levels, Levels(prior, seed % 2, 3, 4, code));
            met.UnionWith(expected.Levels);
        }

        Assert.InRange(met.Count, 3, prior.Tables.Grid!.Steps!.Levels);
    }

    [Fact]
    public void Reference_RandomBytes_AgreesOnSymbolsLengthAndDamage()
    {
        Prior prior = TestPriors.Stepped();
        var random = new Random(13);
        int valid = 0;
        for (int round = 0; round < 400; round++)
        {
            byte[] bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            ReferenceGrid? expected = new ReferenceGridDecoder(prior.Tables, round % 2, 2, bytes).Decode(2);
            try
            {
                (short[][] decoded, int length) = GridCoderTests.Decode(prior, round % 2, 2, 2, bytes);
                Assert.NotNull(expected);
                Assert.Equal(expected.Length, length);
                Assert.Equal(expected.Symbols, decoded);
                valid++;
            }
            catch (InvalidCodeException)
            {
                Assert.Null(expected);
            }
        }

        Assert.InRange(valid, 1, 399);
    }

    [Fact]
    public void Decode_AHundredThousandRandomCodes_GiveOnlyTheDocumentedException() =>
        GridCoderTests.DecodeRandomCodes(TestPriors.Stepped());

    [Fact]
    public void Log_AnyNumber_IsThatOfTheDefinition()
    {
        ulong[] numbers = [1, 2, 3, 5, 15, 16, 17, 31, 32, 33, 1000, 65535, 65536, 1UL << 40, ulong.MaxValue];
        foreach (ulong number in numbers)
        {
            int digits = (int)Math.Floor(Math.Log2(number));
            digits -= digits < 64 && number >> digits != 0 ? 0 : 1;
            UInt128 power = UInt128.One << digits;
            Assert.Equal(16 * digits + (int)(16 * ((UInt128)number - power) / power), StepRule.Log(number));
        }

        Assert.All(Enumerable.Range(1, 5000), n => Assert.True(StepRule.Log((ulong)n) <= StepRule.Log((ulong)n + 1)));
    }

    [Fact]
    public void Restore_ABlockOfEachLevel_MultipliesEachLatentByItsStep()
    {
        Prior prior = TestPriors.Stepped();
        StepRule rule = prior.Tables.Grid!.Steps!;
        var dequantizer = new Dequantizer(prior, quality: 1, new QualityEntry(Step: 7.5f, Lambda: 0.3f));
        CodedLatent[] latents = [new(0, -3, 0, 0), new(1, 5, 0, 0), new(2, 1, 0, 0), new(4, -2, 1, 0)];
        for (int level = 0; level < rule.Levels; level++)
        {
            var which = new short[latents.Length];
            var values = new float[latents.Length];
            dequantizer.Restore(level, latents, which, values);
            Assert.Equal([0, 1, 2, 4], which);
            Assert.Equal(
                [
                    2 * Step(0, level) * -3,
                    2 * Step(1, level) * 5,
                    Step(2, level) * dequantizer.Point(0, 1),
                    -(Step(4, level) * dequantizer.Point(1, 2)),
                ],
                values
            );
        }

        // Factors in 1024ths; a level of a latent with mask 1 or 2 is an eighth or a quarter of an octave.
        float Step(int latent, int level) =>
            7.5f * (rule.Factors[latent] / 1024f) * MathF.Pow(2, (level - rule.Neutral) * rule.Masks[latent] / 8f);
    }

    [Fact]
    public void Parse_ItsBlob_GivesTheSameTables()
    {
        byte[] blob = TestPriors.Stepped().ToBlob();
        Assert.Equal(blob, Prior.Parse(blob).ToBlob());
        for (int length = 0; length < blob.Length; length += 1 + length / 50)
            Assert.Throws<InvalidModelException>(() => Prior.Parse(blob.AsSpan(0, length)));
        Assert.Throws<InvalidModelException>(() => Prior.Parse([.. blob, 0]));
    }

    [Fact]
    public void Constructor_StepsThatDoNotFit_NamesThem()
    {
        PriorTables good = TestPriors.Stepped().Tables;
        StepRule rule = good.Grid!.Steps!;
        Refused("factors", rule with { Factors = [1] });
        Refused("factor of a step is 0", rule with { Factors = new ushort[TestPriors.Latents] });
        Refused("mask is above 2", rule with { Masks = [.. Enumerable.Repeat((byte)3, TestPriors.Latents)] });
        Refused("0 levels", rule with { Levels = 0 });
        Refused("5 is neutral", rule with { Neutral = 5 });
        Refused("offsets by level", rule with { Levels = 4 });
        Refused("the rule has none", null);
        PriorQuality quality = good.Qualities[0];
        GridTables grid = quality.Grid!;
        RefusedTables("floor", grid with { Steps = grid.Steps! with { Floor = 0 } });
        RefusedTables("lacks", grid with { Steps = null });

        void Refused(string word, StepRule? bad) => RefusedPrior(word, good with { Grid = good.Grid! with { Steps = bad } });

        void RefusedTables(string word, GridTables bad) => RefusedPrior(word, good with { Qualities = [quality with { Grid = bad }] });

        static void RefusedPrior(string word, PriorTables tables) =>
            Assert.Contains(word, Assert.Throws<InvalidModelException>(() => new Prior(tables)).Message, StringComparison.Ordinal);
    }

    internal static int[] Levels(Prior prior, int quality, int rows, int columns, byte[] code)
    {
        var levels = new int[rows * columns];
        GridCoder.Decode(
            new GridContext(prior, quality, columns),
            new RowRange(0, rows),
            code,
            (in block) => levels[block.Row * columns + block.Column] = block.Level
        );
        return levels;
    }
}
