using CliWrap;
using CliWrap.Buffered;
using Codec;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Packages;

/// <summary>Uses the installed command line as a person who has nothing else but the packages.</summary>
public sealed class ToolPackageTests(InstalledTool tool) : IClassFixture<InstalledTool>, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InstalledTool_EncodesDecodesServesPublishesAndSubscribes()
    {
        byte[] samples = WritePhoto("photo.png");

        await RunAsync("encode", "photo.png", "-o", "codes", "-q", "4");
        await RunAsync("decode", "codes/photo.code", "-o", "decoded");
        string inspected = await RunAsync("inspect", "codes/photo.code");
        await ServeAsync(async server =>
        {
            await RunAsync("publish", "photos", "photo.png", "-q", "4", "--create", "--server", server);
            await RunAsync("subscribe", "photos", "--from", "start", "--count", "1", "-o", "received", "--server", server);
        });

        byte[] expected = Decoded(samples);
        Assert.Contains("photos", inspected, StringComparison.Ordinal);
        Assert.Equal(expected, Pixels("decoded/photo.png"));
        Assert.Equal(expected, Pixels("received/0000000001-photo.png"));
        Assert.Empty(Directory.GetDirectories(_folder.Path, "codec-serve-*"));
    }

    /// <summary>Runs the commands of README's first screen; only the server's port differs.</summary>
    [Fact]
    public async Task ReadmeProgram_AgainstTheInstalledServer_PublishesReceivesAndSaves()
    {
        byte[] samples = WritePhoto("photo.jpg");
        string[] commands = InstalledTool.Commands(1);
        Assert.Equal(["make pack", "codec serve"], InstalledTool.Commands(0) is [var first, .., var last] ? [first, last] : []);
        Assert.Equal(("cd quickstart", "dotnet run photo.jpg"), (commands[0].Split(" && ")[^1], commands[^1]));
        string program = Repository.PathOf("samples", "ReadmeClient", "Program.cs");

        await ServeAsync(server =>
            tool.RunAsync(_folder.Path, [commands[0], $"cp '{program}' ../photo.jpg .", .. commands[1..^1], $"{commands[^1]} {server}"])
        );

        // The server read the file's content, which is a PNG.
        Assert.Equal(Decoded(samples), Pixels("quickstart/received.png"));
    }

    public void Dispose() => _folder.Dispose();

    private byte[] WritePhoto(string name)
    {
        byte[] samples = [.. Enumerable.Range(0, 64 * 48 * 3).Select(i => (byte)(i * i >> 7))];
        _folder.Write(name, ImageFile.EncodePng(new Raster(64, 48, 3, samples)));
        return samples;
    }

    private static byte[] Decoded(byte[] samples)
    {
        using CodecModel model = CodecModel.Load(ModelPackage.Load(Repository.PathOf("models", "photos.codec")));
        return model.Decode(model.Encode(samples, 64, 48, 4), 4).Samples;
    }

    private byte[] Pixels(string file) => ImageFile.Decode(File.ReadAllBytes(_folder.File(file))).Samples;

    /// <summary>Runs <c>codec serve</c> while the action works with its address.</summary>
    private async Task ServeAsync(Func<string, Task> action)
    {
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
        string file = _folder.File("address");
        CommandTask<BufferedCommandResult> serving = Codec("serve", "--listen", "http://127.0.0.1:0", "--address-file", file)
            .ExecuteBufferedAsync(kill.Token);
        try
        {
            await Waiting.UntilAsync(() => serving.Task.IsCompleted || File.Exists(file), "The server's address", Token);
            await action(File.ReadAllLines(file)[0]);
        }
        finally
        {
            // As Ctrl-C does, but also where a shell made this process's children ignore that.
            await Programs.Command("kill", "-TERM", $"{serving.ProcessId}").RunAsync(Token);
            kill.CancelAfter(Waiting.Patience);
            BufferedCommandResult served = await serving;
            Assert.True(served.ExitCode == 130, $"exit code {served.ExitCode}: {served.StandardOutput}\n{served.StandardError}");
        }
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        BufferedCommandResult result = await Codec(arguments).RunAsync(Token);
        Assert.True(result.IsSuccess, $"codec {string.Join(' ', arguments)}:\n{result.StandardOutput}\n{result.StandardError}");
        return result.StandardOutput;
    }

    private Command Codec(params string[] arguments) => tool.Configure(Programs.Command(tool.Path, arguments), _folder.Path);
}
