using CliWrap.Buffered;
using Codec.Entropy;
using Codec.Errors;
using Codec.Tests.Entropy;
using Codec.Tests.Shared.Processes;

namespace Codec.Tests.Golden;

/// <summary>
/// Golden vectors pin the bytes of codes: a line of <c>vectors.txt</c> is <c>quality : symbols : code</c>, under the prior
/// <see cref="TestPriors.Small"/>, whose blob is <c>prior.bin</c>. They never change within a format version.
/// </summary>
public sealed class GoldenVectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    [Fact]
    public void Prior_Blob_IsThatOfTheVectors() =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, "prior.bin")), TestPriors.Small().ToBlob());

    [Fact]
    public void Code_EveryVector_EncodesAndDecodesToTheSameBytesAndSymbols()
    {
        Prior prior = Prior.Parse(File.ReadAllBytes(Path.Combine(Folder, "prior.bin")));
        Assert.All(Vectors(), vector => AssertVector(prior, vector));
    }

    [Fact]
    public void GridPrior_Blob_IsThatOfTheVectors() =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, "grid-prior.bin")), TestPriors.Grid().ToBlob());

    [Fact]
    public void Code_EveryGridVector_EncodesAndDecodesToTheSameBytesAndSymbols()
    {
        Prior prior = Prior.Parse(File.ReadAllBytes(Path.Combine(Folder, "grid-prior.bin")));
        Assert.All(
            GridVectors(),
            vector =>
            {
                (short[][] blocks, int length) = GridCoderTests.Decode(prior, vector.Quality, vector.Rows, vector.Columns, vector.Code);
                Assert.Equal(vector.Code.Length, length);
                Assert.Equal(vector.Blocks, blocks);
                Assert.Equal(vector.Code, GridCoderTests.Encode(prior, vector.Quality, vector.Rows, vector.Columns, vector.Blocks));
            }
        );
    }

    [Fact]
    public void Code_EightThreadsAtOnce_GiveTheSameSymbols()
    {
        Prior prior = Prior.Parse(File.ReadAllBytes(Path.Combine(Folder, "prior.bin")));
        GoldenVector[] vectors = Vectors();
        Parallel.For(0, 4_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => AssertVector(prior, vectors[i % vectors.Length]));
    }

    [Fact]
    public void Reference_EveryVector_DecodesToTheSameSymbols()
    {
        Prior prior = Prior.Parse(File.ReadAllBytes(Path.Combine(Folder, "prior.bin")));
        Assert.All(
            Vectors(),
            vector =>
            {
                (short[] Symbols, int Length)? decoded = new ReferenceDecoder(prior.Tables, vector.Code).Decode(vector.Quality);
                Assert.NotNull(decoded);
                Assert.Equal(vector.Symbols, decoded.Value.Symbols);
                Assert.Equal(vector.Code.Length, decoded.Value.Length);
            }
        );
    }

    [Fact]
    public void Reference_RandomBytes_AgreesOnSymbolsLengthAndDamage()
    {
        Prior prior = TestPriors.Small();
        var random = new Random(11);
        var symbols = new short[TestPriors.Latents];
        int valid = 0;
        for (int round = 0; round < 2_000; round++)
        {
            byte[] bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            (short[] Symbols, int Length)? expected = new ReferenceDecoder(prior.Tables, bytes).Decode(round % 2);
            try
            {
                int length = SymbolCoder.Decode(prior, round % 2, bytes, symbols);
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

        Assert.InRange(valid, 1, 1_999);
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "0")]
    [InlineData("DOTNET_EnableAVX2", "0")]
    [InlineData("DOTNET_EnableHWIntrinsic", "0")]
    public async Task Code_InAProcessWithoutTheseInstructions_GivesTheSameSymbols(string variable, string value)
    {
        BufferedCommandResult result = await Programs
            .Dotnet(typeof(GoldenVectorTests).Assembly.Location, "-method", "*VectorTests.Code_E*")
            .WithEnvironmentVariables(new Dictionary<string, string?> { [variable] = value })
            .RunAsync(TestContext.Current.CancellationToken);
        Assert.True(result.IsSuccess, result.StandardOutput);
        Assert.Contains("Total: 6", result.StandardOutput, StringComparison.Ordinal);
    }

    private static void AssertVector(Prior prior, GoldenVector vector)
    {
        var symbols = new short[prior.Tables.Latents];
        Assert.Equal(vector.Code.Length, SymbolCoder.Decode(prior, vector.Quality, vector.Code, symbols));
        Assert.Equal(vector.Symbols, symbols);
        Assert.Equal(vector.Code, SymbolCoder.Encode(prior, vector.Quality, symbols));
    }

    private static GoldenVector[] Vectors() =>
        [
            .. File.ReadLines(Path.Combine(Folder, "vectors.txt"))
                .Select(line => line.Split(" : "))
                .Select(parts => new GoldenVector(
                    int.Parse(parts[0]),
                    [.. parts[1].Split(' ').Select(short.Parse)],
                    Convert.FromHexString(parts[2])
                )),
        ];

    /// <summary>
    /// A line of <c>grid-vectors.txt</c> is <c>quality : rows columns : symbols, block by block : code</c>, under the prior
    /// <see cref="TestPriors.Grid"/>, whose blob is <c>grid-prior.bin</c>.
    /// </summary>
    private static GridVector[] GridVectors() =>
        [
            .. File.ReadLines(Path.Combine(Folder, "grid-vectors.txt"))
                .Select(line => line.Split(" : "))
                .Select(parts => new GridVector(
                    int.Parse(parts[0]),
                    int.Parse(parts[1].Split(' ')[0]),
                    int.Parse(parts[1].Split(' ')[1]),
                    [.. parts[2].Split(' ').Select(short.Parse).Chunk(TestPriors.Latents)],
                    Convert.FromHexString(parts[3])
                )),
        ];

    private sealed record GridVector(int Quality, int Rows, int Columns, short[][] Blocks, byte[] Code);

    private sealed record GoldenVector(int Quality, short[] Symbols, byte[] Code);
}
