using Codec.Entropy;
using Codec.Tests.Entropy;

namespace Codec.Tests.Golden;

/// <summary>
/// Golden vectors of formats 2 and 4. A line of <c>stepped-vectors.txt</c> is <c>quality : rows columns : symbols : levels : code</c>,
/// under the prior <see cref="TestPriors.Stepped"/>, whose blob is <c>stepped-prior.bin</c>. The files that begin with <c>coloured</c> are
/// those of <see cref="TestPriors.Coloured"/>; their lines have what is predicted of each latent before the code.
/// </summary>
public sealed class SteppedVectorTests
{
    private const string Stepped = "stepped";
    private const string Coloured = "coloured";
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    [Theory]
    [InlineData(Stepped)]
    [InlineData(Coloured)]
    public void Prior_Blob_IsThatOfTheVectors(string kind) =>
        Assert.Equal((kind == Stepped ? TestPriors.Stepped() : TestPriors.Coloured()).ToBlob(), Pinned(kind).ToBlob());

    [Theory]
    [InlineData(Stepped)]
    [InlineData(Coloured)]
    public void Code_EveryVector_EncodesAndDecodesToTheSameBytesSymbolsLevelsAndPredictions(string kind)
    {
        Prior prior = Pinned(kind);
        Assert.All(
            Vectors(kind),
            vector =>
            {
                (int quality, int rows, int columns) = (vector.Quality, vector.Rows, vector.Columns);
                (short[][] blocks, int length) = GridCoderTests.Decode(prior, quality, rows, columns, vector.Code);
                Assert.Equal(vector.Code.Length, length);
                Assert.Equal(vector.Blocks, blocks);
                Assert.Equal(vector.Levels, SteppedGridTests.Levels(prior, quality, rows, columns, vector.Code));
                Assert.Equal(vector.Predicted, Whole(ColouredGridTests.Predictions(prior, quality, rows, columns, vector.Code)));
                Assert.Equal(vector.Code, GridCoderTests.Encode(prior, quality, rows, columns, vector.Blocks));
            }
        );
    }

    [Theory]
    [InlineData(Stepped)]
    [InlineData(Coloured)]
    public void Reference_EveryVector_DecodesToTheSameSymbolsLevelsAndPredictions(string kind)
    {
        PriorTables tables = Pinned(kind).Tables;
        Assert.All(
            Vectors(kind),
            vector =>
            {
                ReferenceGrid? decoded = new ReferenceGridDecoder(tables, vector.Quality, vector.Columns, vector.Code).Decode(vector.Rows);
                Assert.NotNull(decoded);
                Assert.Equal(vector.Blocks, decoded.Symbols);
                Assert.Equal(vector.Levels, decoded.Levels);
                Assert.Equal(vector.Predicted, Whole(decoded.Predicted));
            }
        );
    }

    private static Prior Pinned(string kind) => Prior.Parse(File.ReadAllBytes(Path.Combine(Folder, $"{kind}-prior.bin")));

    private static Vector[] Vectors(string kind) =>
        [
            .. File.ReadLines(Path.Combine(Folder, $"{kind}-vectors.txt"))
                .Select(line => line.Split(" : "))
                .Select(parts => new Vector(
                    int.Parse(parts[0]),
                    int.Parse(parts[1].Split(' ')[0]),
                    int.Parse(parts[1].Split(' ')[1]),
                    [.. parts[2].Split(' ').Select(short.Parse).Chunk(TestPriors.Latents)],
                    [.. parts[3].Split(' ').Select(int.Parse)],
                    kind == Coloured ? [.. parts[4].Split(' ').Select(int.Parse)] : new int[parts[2].Split(' ').Length],
                    Convert.FromHexString(parts[^1])
                )),
        ];

    /// <summary>The predictions of all latents, block by block; 0 for those that the quality does not code.</summary>
    private static int[] Whole(int[][] predicted) =>
        [.. predicted.SelectMany(block => block.Concat(Enumerable.Repeat(0, TestPriors.Latents - block.Length)))];

    private sealed record Vector(int Quality, int Rows, int Columns, short[][] Blocks, int[] Levels, int[] Predicted, byte[] Code);
}
