using Codec.Entropy;
using Codec.Errors;
using Codec.Tests.Golden;
using Codec.Tests.Shared;
using CsCheck;

namespace Codec.Tests.Entropy;

public sealed class GridCoderTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 7)]
    [InlineData(6, 1)]
    [InlineData(5, 4)]
    public void Encode_RandomGrids_DecodesToTheSameSymbols(int rows, int columns)
    {
        foreach (
            Prior prior in new[]
            {
                TestPriors.Grid(),
                TestPriors.Grid(predicted: 0),
                TestPriors.Grid(adaptation: 0),
                TestPriors.Grid(adaptation: 12),
            }
        )
        {
            Gen.Select(Gen.Int[0, 1], AnyBlocks(rows * columns))
                .Holds(
                    sample =>
                    {
                        (int quality, short[][] blocks) = sample;
                        byte[] code = Encode(prior, quality, rows, columns, blocks);
                        (short[][] decoded, int length) = Decode(prior, quality, rows, columns, [.. code, 1, 2, 3]);
                        Assert.Equal(code.Length, length);
                        Assert.Equal(blocks, decoded);
                    },
                    count: 20
                );
        }
    }

    [Fact]
    public void Decode_EveryBlock_GivesTheTransformItWasEncodedWith()
    {
        Prior prior = TestPriors.Grid();
        short[][] blocks = Blocks(new Random(8), 30);
        byte[] code = Encode(prior, 0, 5, 6, blocks);
        int met = 0;
        Decode(
            prior,
            0,
            5,
            6,
            code,
            (row, column, transform) =>
            {
                bool isSignalled = blocks[row * 6 + column].AsSpan(prior.Tables.Grid!.Predicted).ContainsAnyExcept((short)0);
                Assert.Equal(isSignalled ? TransformOf(row, column) : 0, transform);
                met |= 1 << transform;
            }
        );
        Assert.Equal((1 << TestPriors.Transforms) - 1, met);
    }

    [Fact]
    public void Reference_RandomGrids_DecodesToTheSameSymbols()
    {
        Prior prior = TestPriors.Grid();
        Gen.Select(Gen.Int[0, 1], AnyBlocks(6))
            .Holds(
                sample =>
                {
                    (int quality, short[][] blocks) = sample;
                    byte[] code = Encode(prior, quality, 2, 3, blocks);
                    ReferenceGrid? decoded = new ReferenceGridDecoder(prior.Tables, quality, 3, code).Decode(2);
                    Assert.NotNull(decoded);
                    Assert.Equal(blocks, decoded.Symbols);
                    Assert.Equal(code.Length, decoded.Length);
                },
                count: 12
            );
    }

    [Fact]
    public void Reference_RandomBytes_AgreesOnSymbolsLengthAndDamage()
    {
        Prior prior = TestPriors.Grid();
        var random = new Random(12);
        int valid = 0;
        for (int round = 0; round < 400; round++)
        {
            byte[] bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            ReferenceGrid? expected = new ReferenceGridDecoder(prior.Tables, round % 2, 2, bytes).Decode(2);
            try
            {
                (short[][] decoded, int length) = Decode(prior, round % 2, 2, 2, bytes);
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
    public void Decode_AHundredThousandRandomCodes_GiveOnlyTheDocumentedException() => DecodeRandomCodes(TestPriors.Grid());

    /// <summary>
    /// Decodes a hundred thousand codes at qualities 0 and 1: random bytes, and a valid code with one bit flipped. Only the documented
    /// exception may leave.
    /// </summary>
    internal static void DecodeRandomCodes(Prior prior)
    {
        byte[] whole = Encode(prior, 0, 2, 3, Blocks(new Random(1), 6));
        Parallel.For(
            0,
            100_000,
            i =>
            {
                var random = new Random(i);
                byte[] bytes = i % 2 == 0 ? new byte[random.Next(120)] : [.. whole];
                if (i % 2 == 0)
                    random.NextBytes(bytes);
                else
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                try
                {
                    (_, int length) = Decode(prior, i % 4 / 2, 2, 3, bytes);
                    Assert.InRange(length, 1, bytes.Length);
                }
                catch (InvalidCodeException) { }
            }
        );
    }

    [Fact]
    public void Decode_TruncatedAnywhere_Throws()
    {
        Prior prior = TestPriors.Grid();
        byte[] code = Encode(prior, 0, 3, 3, Blocks(new Random(2), 9));
        for (int length = 0; length < code.Length; length++)
            Assert.Throws<InvalidCodeException>(() => Decode(prior, 0, 3, 3, code[..length]));
    }

    [Fact]
    public void Decode_AHugeGridOfNothing_EndsSoonAfterTheLastByte()
    {
        int rows = 0;
        Assert.Throws<InvalidCodeException>(() =>
            GridCoder.Decode(new GridContext(TestPriors.Grid(), 0, 512), new RowRange(0, 512), [1, 2, 3], (in block) => rows = block.Row)
        );
        Assert.InRange(rows, 0, 100);
    }

    [Fact]
    public void Parse_AGridsBlob_GivesTheSameTables()
    {
        byte[] blob = TestPriors.Grid().ToBlob();
        Prior parsed = Prior.Parse(blob);
        Assert.Equal(blob, parsed.ToBlob());
        Assert.Same(parsed.Tables.Qualities[0].Weights, parsed.Tables.Qualities[1].Weights);
        for (int length = 0; length < blob.Length; length += 1 + length / 50)
            Assert.Throws<InvalidModelException>(() => Prior.Parse(blob.AsSpan(0, length)));
        Assert.Throws<InvalidModelException>(() => Prior.Parse([.. blob, 0]));
    }

    [Fact]
    public void Constructor_GridTablesThatDoNotFit_NamesTheSize()
    {
        PriorTables good = TestPriors.Grid().Tables;
        PriorQuality quality = good.Qualities[0];
        Refused("predicted", good with { Grid = good.Grid! with { Predicted = TestPriors.Latents + 1 } });
        Refused("0 transforms", good with { Grid = good.Grid! with { Transforms = 0 } });
        Refused("order", good with { Grid = good.Grid! with { Order = [0] } });
        Refused("twice", good with { Grid = good.Grid! with { Order = new ushort[good.Grid.Order.Length] } });
        Refused("predictions from 1", good with { Grid = good.Grid! with { Reach = 1 } });
        Refused("predictors", good with { Grid = good.Grid! with { Predictors = [1] } });
        Refused("adaptation", good with { Grid = good.Grid! with { Adaptation = 13 } });
        Refused("a grid", good with { Grid = null });
        RefusedQuality("neighbours", quality.Grid! with { Neighbours = [1] });
        RefusedQuality("across blocks", quality.Grid! with { Spread = [1] });
        RefusedQuality("divided", quality.Grid! with { Divided = [1] });
        RefusedQuality("of transforms", quality.Grid! with { Transforms = [1] });
        RefusedQuality("transform is 0", quality.Grid! with { Transforms = new ushort[quality.Grid.Transforms.Length] });
        RefusedQuality("offsets", quality.Grid! with { Offsets = [1] });
        RefusedQuality("of signs", quality.Grid! with { Signs = [1] });
        RefusedQuality("sign is 0", quality.Grid! with { Signs = new ushort[quality.Grid.Signs.Length] });
        RefusedQuality("extents", quality.Grid! with { Extents = [1] });
        RefusedQuality("extent is 0", quality.Grid! with { Extents = new ushort[quality.Grid.Extents.Length] });

        void RefusedQuality(string word, GridTables bad) => Refused(word, good with { Qualities = [quality with { Grid = bad }] });

        static void Refused(string word, PriorTables tables) =>
            Assert.Contains(word, Assert.Throws<InvalidModelException>(() => new Prior(tables)).Message, StringComparison.Ordinal);
    }

    internal static byte[] Encode(Prior prior, int quality, int rows, int columns, short[][] blocks) =>
        GridCoder.Encode(
            new GridContext(prior, quality, columns),
            new RowRange(0, rows),
            (row, column, symbols) =>
            {
                blocks[row * columns + column].CopyTo(symbols);
                return TransformOf(row, column);
            }
        );

    [Fact]
    public void Decode_EveryBlock_NamesItsLatentsWithTheirSymbolsAndQuantizers()
    {
        Prior prior = TestPriors.Grid();
        (Trellis trellis, int predicted) = (prior.Tables.Trellis, prior.Tables.Grid!.Predicted);
        byte[] code = Encode(prior, 1, 3, 4, Blocks(new Random(41), 12));
        int met = 0;
        GridCoder.Decode(
            new GridContext(prior, 1, 4),
            new RowRange(0, 3),
            code,
            (in block) =>
            {
                var expected = new List<CodedLatent>();
                int state = 0;
                for (int i = 0; i < block.Symbols.Length; i++)
                {
                    short symbol = block.Symbols[i];
                    if (i < predicted)
                        expected.Add(new CodedLatent((short)i, symbol, 0, 0));
                    else if (symbol != 0)
                        expected.Add(new CodedLatent((short)i, symbol, (byte)trellis.Quantizer(state), 0));
                    if (i >= predicted)
                        state = trellis.Next(state, Math.Abs((int)symbol));
                }

                Assert.Equal(expected, block.Latents.ToArray());
                met += expected.Count - predicted;
            }
        );
        Assert.InRange(met, 1, 12 * TestPriors.Latents);
    }

    /// <summary>The transform of a block of these tests, unless its latents are all zero.</summary>
    private static int TransformOf(int row, int column) => (5 * row + 2 * column + row * column) % TestPriors.Transforms;

    internal static (short[][] Blocks, int Length) Decode(
        Prior prior,
        int quality,
        int rows,
        int columns,
        byte[] code,
        Action<int, int, int>? seen = null
    )
    {
        var blocks = new short[rows * columns][];
        int length = GridCoder.Decode(
            new GridContext(prior, quality, columns),
            new RowRange(0, rows),
            code,
            (in block) =>
            {
                seen?.Invoke(block.Row, block.Column, block.Transform);
                block.Symbols.CopyTo(blocks[block.Row * columns + block.Column] = new short[TestPriors.Latents]);
            }
        );
        return (blocks, length);
    }

    /// <summary>Generates the blocks of a grid: a quarter empty, a quarter of any extent, the others full.</summary>
    internal static Gen<short[][]> AnyBlocks(int count) =>
        Gen.Frequency((1, Gen.Const(0)), (1, Gen.Int[0, TestPriors.Latents - 1]), (2, Gen.Const(TestPriors.Latents)))
            .SelectMany(TestPriors.AnySymbols)
            .Array[count];

    /// <summary>Draws blocks of the same kinds; a few symbols are very large, but never those of predicted latents.</summary>
    internal static short[][] Blocks(Random random, int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                {
                    short[] symbols = TestPriors.Symbols(
                        random,
                        random.Next(4) switch
                        {
                            0 => 0,
                            1 => random.Next(TestPriors.Latents),
                            _ => TestPriors.Latents,
                        }
                    );
                    for (int i = 0; i < 2; i++)
                        symbols[i] = (short)random.Next(-200, 200);
                    return symbols;
                }),
        ];
}
