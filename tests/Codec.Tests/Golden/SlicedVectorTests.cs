using Codec.Entropy;
using Codec.Errors;
using Codec.Schemes.Grid;
using Codec.Tests.Entropy;

namespace Codec.Tests.Golden;

/// <summary>
/// Golden vectors of slices. A line of <c>sliced-vectors.txt</c> is <c>quality : rows columns : slices : symbols : code</c>, under the
/// prior whose blob is <c>stepped-prior.bin</c>.
/// </summary>
public sealed class SlicedVectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");
    private static readonly Prior Pinned = Prior.Parse(File.ReadAllBytes(Path.Combine(Folder, "stepped-prior.bin")));

    [Fact]
    public void Code_EveryVector_EncodesAndDecodesToTheSameBytesAndSymbols() =>
        Assert.All(
            Vectors(),
            vector =>
            {
                (short[][] symbols, int length) = Decode(vector, [.. vector.Code, 1, 2, 3]);
                Assert.Equal(vector.Code.Length, length);
                Assert.Equal(vector.Symbols, symbols);
                Assert.Equal(vector.Code, Encode(vector));
            }
        );

    [Fact]
    public void Reference_EveryVector_DecodesToTheSameSymbols() =>
        Assert.All(
            Vectors(),
            vector =>
            {
                (short[][] Symbols, int Length)? decoded = Reference(vector, vector.Code);
                Assert.NotNull(decoded);
                Assert.Equal(vector.Code.Length, decoded.Value.Length);
                Assert.Equal(vector.Symbols, decoded.Value.Symbols);
            }
        );

    [Fact]
    public void Reference_DamagedCodes_AgreesOnSymbolsLengthAndDamage()
    {
        Vector vector = Vectors()[0];
        var random = new Random(15);
        int valid = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] bytes = [.. vector.Code, .. new byte[round % 3]];
            // Mostly the lengths.
            bytes[random.Next(round % 4 == 0 ? bytes.Length : 2 * vector.Slices)] ^= (byte)(1 << random.Next(8));
            (short[][] Symbols, int Length)? expected = Reference(vector, bytes);
            try
            {
                (short[][] symbols, int length) = Decode(vector, bytes);
                Assert.NotNull(expected);
                Assert.Equal(expected.Value.Length, length);
                Assert.Equal(expected.Value.Symbols, symbols);
                valid++;
            }
            catch (InvalidCodeException)
            {
                Assert.Null(expected);
            }
        }

        Assert.InRange(valid, 0, 150);
    }

    private static (short[][] Symbols, int Length)? Reference(Vector vector, byte[] code) =>
        ReferenceSlices.Decode(Pinned.Tables, vector.Quality, vector.Rows, vector.Columns, vector.Slices, code);

    private static (short[][] Symbols, int Length) Decode(Vector vector, byte[] code)
    {
        var symbols = new short[vector.Rows * vector.Columns][];
        var slices = GridSlices.Read(code, vector.Rows, vector.Slices);
        int length = new SliceReader(Pinned, vector.Quality, vector.Columns, slices).ReadAll(
            code,
            (in block) => block.Symbols.CopyTo(symbols[block.Row * vector.Columns + block.Column] = new short[TestPriors.Latents])
        );
        return (symbols, length);
    }

    private static byte[] Encode(Vector vector)
    {
        var slices = new byte[vector.Slices][];
        for (int i = 0; i < slices.Length; i++)
        {
            RowRange rows = GridSlices.RowsOf(vector.Rows, slices.Length, i);
            short[][] blocks = vector.Symbols[(rows.First * vector.Columns)..(rows.End * vector.Columns)];
            slices[i] = GridCoderTests.Encode(Pinned, vector.Quality, rows.Count, vector.Columns, blocks);
        }

        return GridSlices.Join(slices);
    }

    private static Vector[] Vectors() =>
        [
            .. File.ReadLines(Path.Combine(Folder, "sliced-vectors.txt"))
                .Select(line => line.Split(" : "))
                .Select(parts => new Vector(
                    int.Parse(parts[0]),
                    int.Parse(parts[1].Split(' ')[0]),
                    int.Parse(parts[1].Split(' ')[1]),
                    int.Parse(parts[2]),
                    [.. parts[3].Split(' ').Select(short.Parse).Chunk(TestPriors.Latents)],
                    Convert.FromHexString(parts[4])
                )),
        ];

    private sealed record Vector(int Quality, int Rows, int Columns, int Slices, short[][] Symbols, byte[] Code);
}
