using Codec.Entropy;
using Codec.Tests.Entropy;

namespace Codec.Tests.Golden;

/// <summary>
/// Golden vectors of format 2: a line of <c>stepped-vectors.txt</c> is <c>quality : rows columns : symbols : levels : code</c>, under the
/// prior <see cref="TestPriors.Stepped"/>, whose blob is <c>stepped-prior.bin</c>.
/// </summary>
public sealed class SteppedVectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    private static Prior Pinned => Prior.Parse(File.ReadAllBytes(Path.Combine(Folder, "stepped-prior.bin")));

    [Fact]
    public void Prior_Blob_IsThatOfTheVectors() => Assert.Equal(TestPriors.Stepped().ToBlob(), Pinned.ToBlob());

    [Fact]
    public void Code_EveryVector_EncodesAndDecodesToTheSameBytesSymbolsAndLevels() =>
        Assert.All(
            Vectors(),
            vector =>
            {
                (int quality, int rows, int columns) = (vector.Quality, vector.Rows, vector.Columns);
                (short[][] blocks, int length) = GridCoderTests.Decode(Pinned, quality, rows, columns, vector.Code);
                Assert.Equal(vector.Code.Length, length);
                Assert.Equal(vector.Blocks, blocks);
                Assert.Equal(vector.Levels, SteppedGridTests.Levels(Pinned, quality, rows, columns, vector.Code));
                Assert.Equal(vector.Code, GridCoderTests.Encode(Pinned, quality, rows, columns, vector.Blocks));
            }
        );

    [Fact]
    public void Reference_EveryVector_DecodesToTheSameSymbolsAndLevels() =>
        Assert.All(
            Vectors(),
            vector =>
            {
                ReferenceGrid? decoded = new ReferenceGridDecoder(Pinned.Tables, vector.Quality, vector.Columns, vector.Code).Decode(
                    vector.Rows
                );
                Assert.NotNull(decoded);
                Assert.Equal(vector.Blocks, decoded.Symbols);
                Assert.Equal(vector.Levels, decoded.Levels);
            }
        );

    private static Vector[] Vectors() =>
        [
            .. File.ReadLines(Path.Combine(Folder, "stepped-vectors.txt"))
                .Select(line => line.Split(" : "))
                .Select(parts => new Vector(
                    int.Parse(parts[0]),
                    int.Parse(parts[1].Split(' ')[0]),
                    int.Parse(parts[1].Split(' ')[1]),
                    [.. parts[2].Split(' ').Select(short.Parse).Chunk(TestPriors.Latents)],
                    [.. parts[3].Split(' ').Select(int.Parse)],
                    Convert.FromHexString(parts[4])
                )),
        ];

    private sealed record Vector(int Quality, int Rows, int Columns, short[][] Blocks, int[] Levels, byte[] Code);
}
