using CliWrap;
using CliWrap.Buffered;
using Codec;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Packages;

/// <summary>Installs the command line from a feed, and uses it as a person who has nothing else.</summary>
public sealed class ToolPackageTests(PackageFeed feed) : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InstalledTool_EncodesDecodesServesPublishesAndSubscribes()
    {
        string source = await feed.ToolAsync();
        string[] install = ["tool", "install", "Codec.Tool", "--tool-path", _folder.File("tools"), "--add-source", source];
        await PackageFeed.DotnetAsync(_folder.Path, [.. install, "--version", Repository.Version]);
        byte[] samples = [.. Enumerable.Range(0, 64 * 48 * 3).Select(i => (byte)(i * i >> 7))];
        _folder.Write("photo.png", ImageFile.EncodePng(new Raster(64, 48, 3, samples)));

        await RunAsync("encode", "photo.png", "-o", "codes", "-q", "4");
        await RunAsync("decode", "codes/photo.code", "-o", "decoded");
        string inspected = await RunAsync("inspect", "codes/photo.code");
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
        CommandTask<BufferedCommandResult> serving = Codec(
                "serve",
                "--listen",
                "http://127.0.0.1:0",
                "--address-file",
                _folder.File("address")
            )
            .ExecuteBufferedAsync(kill.Token);
        try
        {
            await Waiting.UntilAsync(() => serving.Task.IsCompleted || File.Exists(_folder.File("address")), "The server's address", Token);
            string server = File.ReadAllLines(_folder.File("address"))[0];
            await RunAsync("publish", "photos", "photo.png", "-q", "4", "--create", "--server", server);
            string[] subscribe = ["subscribe", "photos", "--from", "start", "--count", "1", "-o", "received", "--server", server];
            await RunAsync(subscribe);
        }
        finally
        {
            // As Ctrl-C does, but also where a shell made this process's children ignore that.
            await Programs.Command("kill", "-TERM", $"{serving.ProcessId}").RunAsync(Token);
            kill.CancelAfter(Waiting.Patience);
            BufferedCommandResult served = await serving;
            Assert.True(served.ExitCode == 130, $"exit code {served.ExitCode}: {served.StandardOutput}\n{served.StandardError}");
        }

        using CodecModel model = CodecModel.Load(ModelPackage.Load(Repository.PathOf("models", "photos.codec")));
        byte[] expected = model.Decode(model.Encode(samples, 64, 48, 4), 4).Samples;
        Assert.Contains("photos", inspected, StringComparison.Ordinal);
        Assert.Equal(expected, Pixels("decoded/photo.png"));
        Assert.Equal(expected, Pixels("received/0000000001-photo.png"));
        Assert.Empty(Directory.GetDirectories(_folder.Path, "codec-serve-*"));
    }

    public void Dispose() => _folder.Dispose();

    private byte[] Pixels(string file) => ImageFile.Decode(File.ReadAllBytes(_folder.File(file))).Samples;

    private async Task<string> RunAsync(params string[] arguments)
    {
        BufferedCommandResult result = await Codec(arguments).RunAsync(Token);
        Assert.True(result.IsSuccess, $"codec {string.Join(' ', arguments)}:\n{result.StandardOutput}\n{result.StandardError}");
        return result.StandardOutput;
    }

    private Command Codec(params string[] arguments) =>
        Programs
            .Command(_folder.File("tools/codec"), arguments)
            .WithWorkingDirectory(_folder.Path)
            .WithEnvironmentVariables(
                new Dictionary<string, string?> { ["TMPDIR"] = _folder.Path, ["XDG_CACHE_HOME"] = _folder.File("cache") }
            );
}
