using System.ComponentModel;
using CliWrap.Buffered;
using Codec.Client;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Codec.Samples.Tests;

/// <summary>Runs the samples in JavaScript; skipped, with the reason, where Node.js or its packages are missing.</summary>
public sealed class NodeTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Decoder_GoldenVectorsAndFaces64_DecodesAllToThePixelsOfThisLibrary()
    {
        string golden = Repository.PathOf("tests", "Codec.Tests", "Golden");
        string faces = Repository.PathOf("models", "faces-64.codec");
        string check = Repository.PathOf("samples", "decoder-js", "check.mjs");
        string image = _folder.File("face.ppm");

        BufferedCommandResult result = await RunAsync("node", check, golden, faces, image);

        Assert.True(result.IsSuccess, result.StandardError);
        string[] lines = Lines(result);
        Assert.Equal("40 of 40 golden vectors", lines[0]);
        using CodecModel model = CodecModel.Load(ModelPackage.Load(faces));
        GoldenEntry code = model.Manifest.Golden;
        Assert.Equal($"faces-64: {code.Code.Length} of {code.Code.Length} bytes, 64×64 pixels", lines[1]);
        byte[] header = "P6 64 64 255\n"u8.ToArray(),
            written = File.ReadAllBytes(image),
            expected = model.Decode(code.Code.Span, code.Quality).Samples;
        Assert.Equal(header, written[..header.Length]);
        // docs/format.md: sums may be taken in any order, so a value near a half may be rounded either way.
        Assert.All(written[header.Length..].Zip(expected), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
        Assert.InRange(written[header.Length..].Zip(expected).Count(pair => pair.First != pair.Second), 0, expected.Length / 100);
        Assert.Equal(expected.Length, written.Length - header.Length);
    }

    [Fact]
    public async Task PublisherAndSubscriber_TwoFiles_ArriveInOrder()
    {
        string sample = await InstallAsync();
        string photo = _folder.File("photo.png");
        using (var image = new Image<Rgb24>(40, 30))
            await image.SaveAsPngAsync(photo, Token);
        string bad = _folder.File("bad.png");
        await File.WriteAllTextAsync(bad, "no image", Token);
        string address = new Uri(server.Address).Authority;

        BufferedCommandResult published = await RunAsync("node", Path.Combine(sample, "publish.mjs"), address, "node", photo, bad, photo);
        BufferedCommandResult received = await RunAsync("node", Path.Combine(sample, "subscribe.mjs"), address, "node", "2");

        Assert.True(published.IsSuccess, published.StandardError);
        string[] answers = Lines(published);
        Assert.Equal(3, answers.Length);
        Assert.Equal($"{photo} stored as 1", answers[0]);
        Assert.StartsWith($"{bad} refused: ", answers[1], StringComparison.Ordinal);
        Assert.Equal($"{photo} stored as 2", answers[2]);
        Assert.True(received.IsSuccess, received.StandardError);
        Assert.StartsWith("codes of photos ", Lines(received)[0], StringComparison.Ordinal);
        using CodecClient client = server.Connect();
        DecodedImage first = await client.SubscribeAsync("node", SubscribeFrom.Start, Token).FirstAsync(Token);
        Assert.Equal("photo.png", first.Key);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Copies the sample, and installs its packages beside the copy.</summary>
    private async Task<string> InstallAsync()
    {
        string copy = Directory.CreateDirectory(_folder.File("node")).FullName;
        foreach (string file in Directory.GetFiles(Repository.PathOf("samples", "node")))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        BufferedCommandResult installed = await RunAsync("npm", "ci", "--prefix", copy, "--no-audit", "--no-fund", "--ignore-scripts");
        if (!installed.IsSuccess)
            Assert.Skip($"npm cannot install @grpc/grpc-js: {installed.StandardError}");
        return copy;
    }

    private static async Task<BufferedCommandResult> RunAsync(string program, params string[] arguments)
    {
        try
        {
            return await Programs
                .Command(program, arguments)
                .WithEnvironmentVariables(new Dictionary<string, string?> { ["CODEC_PROTOS"] = Repository.PathOf("protos") })
                .RunAsync(Token);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed (Debian: apt install nodejs npm).");
            throw;
        }
    }

    private static string[] Lines(BufferedCommandResult result) => result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
