using CliWrap;
using CliWrap.Buffered;
using Codec;
using Codec.Client;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Packages;

/// <summary>Programs that are compiled ahead of time: without a warning, and they work.</summary>
public sealed class AotTests(PackageFeed feed) : IDisposable
{
    private const int MaxBytes = 12_000_000;

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The sample, against the packages, as an application for small devices.</summary>
    [Fact]
    public async Task Subscriber_CompiledAhead_HasNoWarningIsSmallAndDecodes()
    {
        Assert.SkipWhen(AheadOfTime.Absence is not null, AheadOfTime.Absence ?? "");
        string application = _folder.File("application"),
            output = _folder.File("output");
        PackageFeed.Configure(application, await feed.LibrariesAsync());

        await AheadOfTime.PublishAsync(SampleCopy.Write("AotSubscriber", application), output, Token);

        string program = Assert.Single(Directory.GetFiles(output));
        Assert.InRange(new FileInfo(program).Length, 1, MaxBytes);
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { ShippedModels = true }, Token);
        using var client = new CodecClient(new CodecClientOptions { Address = new Uri(server.Address), CacheDirectory = null });
        await client.CreateChannelAsync("photos", cancellationToken: Token);
        byte[] pixels = Draw();
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync("photos", "photos", 4, cancellationToken: Token))
            await publisher.PublishAsync(ImageSource.FromPixels(pixels, 64, 48), cancellationToken: Token);
        BufferedCommandResult run = await Run(program, server.Address, "photos", "1").RunAsync(Token);

        Assert.True(run.IsSuccess, run.StandardError);
        Assert.Equal($"#1  64×48 {Digest.Of(Decoded(pixels))}", run.StandardOutput.Trim());
    }

    /// <summary>The command line, without the server, which is a program of its own.</summary>
    [Fact]
    public async Task Tool_CompiledAhead_EncodesAndDecodesAsTheOrdinaryOneAndNamesWhatServes()
    {
        Assert.SkipWhen(AheadOfTime.Absence is not null, AheadOfTime.Absence ?? "");
        string output = _folder.File("output"),
            program = Path.Combine(output, "codec");
        byte[] pixels = Draw();
        string image = _folder.Write("photo.png", ImageFile.EncodePng(new Raster(64, 48, 3, pixels)));

        await AheadOfTime.PublishAsync(Repository.PathOf("src", "Codec.Tool", "Codec.Tool.csproj"), output, Token);
        BufferedCommandResult encoded = await Run(program, "encode", image, "-o", _folder.Path, "--json").RunAsync(Token);
        BufferedCommandResult decoded = await Run(program, "decode", _folder.File("photo.code"), "-o", _folder.File("out")).RunAsync(Token);
        BufferedCommandResult reference = await Run(program, "reference").RunAsync(Token);
        BufferedCommandResult serve = await Run(program, "serve").RunAsync(Token);

        Assert.Equal(
            ["codec", "libSkiaSharp.so", "libonnxruntime.so", "libonnxruntime_providers_shared.so"],
            Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        Assert.True(encoded.IsSuccess, encoded.StandardError);
        Assert.Contains("\"model\":\"photos\"", encoded.StandardOutput, StringComparison.Ordinal);
        Assert.True(decoded.IsSuccess, decoded.StandardError);
        Assert.Equal(Decoded(pixels), ImageFile.Decode(File.ReadAllBytes(_folder.File("out/photo.png"))).Samples);
        Assert.Equal(Repository.Read("docs", "cli.md").ReplaceLineEndings("\n"), reference.StandardOutput);
        Assert.Equal(1, serve.ExitCode);
        Assert.Contains("dotnet tool install", serve.StandardError, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Draw() => [.. Enumerable.Range(0, 64 * 48 * 3).Select(i => (byte)(i * i >> 7))];

    /// <summary>What the quality 4 of the shipped photos, which is the middle one, makes of an image of 64×48.</summary>
    private static byte[] Decoded(byte[] pixels)
    {
        using CodecModel model = CodecModel.Load(ModelPackage.Load(Repository.PathOf("models", "photos.codec")));
        return model.Decode(model.Encode(pixels, 64, 48, 4), 4).Samples;
    }

    private Command Run(string program, params string[] arguments) =>
        Programs
            .Command(program, arguments)
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["XDG_CACHE_HOME"] = _folder.Path });
}
