using Codec.Client;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Tool.Tests;

/// <summary>
/// Ctrl-C in a terminal: the command stops at once, keeps complete results, removes partial files and its server, and exits with 130.
/// </summary>
public sealed class TerminalTests(ServerFixture server) : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Serve_CtrlC_StopsTheServerAndDeletesItsData()
    {
        await using Terminal terminal = Start("serve", "--listen", "http://127.0.0.1:0", "--without-models");

        // The path of the data ends the line.
        await terminal.WaitForAsync("Listening on ", Token);
        await terminal.WaitForAsync("/codec-serve-", Token);
        string data = Assert.Single(Directory.GetDirectories(_folder.Path, "codec-serve-*"));
        terminal.Type(Terminal.CtrlC);

        Assert.Equal(130, await terminal.WaitForExitAsync(Token));
        Assert.False(Directory.Exists(data));
        Assert.Contains("Draining", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_CtrlCWhileItWatches_KeepsWhatIsStored()
    {
        string folder = Directory.CreateDirectory(_folder.File("watched")).FullName;
        await using Terminal terminal = Start("publish", "ctrl-c-publish", "--create", "--watch", folder, "--server", server.Address);

        await terminal.WaitForAsync("Watching", Token);
        string image = _folder.WriteGradient("a.png", 32, 24);
        File.Move(image, Path.Combine(folder, "a.png"));
        await terminal.WaitForAsync("a at 1", Token);
        terminal.Type(Terminal.CtrlC);

        Assert.Equal(130, await terminal.WaitForExitAsync(Token));
        using CodecClient client = server.Connect();
        Assert.Equal(1, (await client.GetChannelAsync("ctrl-c-publish", Token)).Codes);
    }

    [Fact]
    public async Task Subscribe_CtrlC_CommitsWhatWasWrittenAndLeavesNoPartOfAFile()
    {
        string image = _folder.WriteGradient("a.png", 32, 24),
            output = _folder.File("out");
        (await server.RunAsync("publish", "ctrl-c-subscribe", image, "--create")).Succeeded();
        string[] consumer = ["--from", "start", "--consumer", "me", "--server", server.Address];
        await using Terminal terminal = Start(["subscribe", "ctrl-c-subscribe", "-o", output, .. consumer]);

        await terminal.WaitForAsync("0000000001-a.png", Token);
        terminal.Type(Terminal.CtrlC);

        Assert.Equal(130, await terminal.WaitForExitAsync(Token));
        Assert.Contains("1 images were received", terminal.Output, StringComparison.Ordinal);
        Assert.Equal(["0000000001-a.png"], Directory.GetFiles(output).Select(Path.GetFileName));
        using CodecClient client = server.Connect();
        Assert.Equal(2, Assert.Single(await client.ListConsumersAsync("ctrl-c-subscribe", Token)).NextSequence);
    }

    [Fact]
    public async Task Encode_CtrlC_StopsAfterTheImageAndLeavesNoPartOfAFile()
    {
        string images = Directory.CreateDirectory(_folder.File("images")).FullName,
            output = _folder.File("codes");
        string image = _folder.WriteGradient("a.png", 256, 256);
        for (int i = 0; i < 300; i++)
            File.Copy(image, Path.Combine(images, $"{i}.png"));
        await using Terminal terminal = Start("encode", images, "-o", output);

        await terminal.WaitForAsync("bits a pixel", Token);
        terminal.Type(Terminal.CtrlC);

        Assert.Equal(130, await terminal.WaitForExitAsync(Token));
        Assert.Contains("codec: Stopped.", terminal.Output, StringComparison.Ordinal);
        string[] written = [.. Directory.GetFiles(output).Select(file => Path.GetFileName(file))];
        Assert.InRange(written.Length, 1, 299);
        Assert.All(written, file => Assert.EndsWith(".code", file, StringComparison.Ordinal));
        (await ToolRun.RunAsync(["decode", .. Directory.GetFiles(output).Take(3), "-o", _folder.File("decoded")])).Succeeded();
    }

    /// <summary>A killed command cannot stop its server; the server sees its input end, and deletes the temporary data.</summary>
    [Fact]
    public async Task Serve_Killed_TakesItsServerAndItsDataWithIt()
    {
        string address = _folder.File("address");
        string[] silent = ["--Logging:LogLevel:Default", "None"];
        await using RunningProgram tool = RunningProgram.Start(
            ToolRun.Path,
            ["serve", "--listen", "http://127.0.0.1:0", "--without-models", "--address-file", address, .. silent],
            inheritsTerminal: true,
            environment: new Dictionary<string, string> { ["TMPDIR"] = _folder.Path }
        );
        await Waiting.UntilAsync(() => File.Exists(address) || tool.HasExited, "The server's address", Token);
        Assert.False(tool.HasExited);
        string data = Assert.Single(Directory.GetDirectories(_folder.Path, "codec-serve-*"));

        tool.KillAlone();

        // A server that stops cleanly deletes the file with its address.
        await Waiting.UntilAsync(() => !File.Exists(address), "The server's end", Token);
        await Waiting.UntilAsync(() => !Directory.Exists(data), "The deletion of its data", Token);
    }

    public void Dispose() => _folder.Dispose();

    private Terminal Start(params string[] arguments)
    {
        Assert.SkipWhen(Terminal.Absence is not null, Terminal.Absence ?? "");
        return Terminal.Start(columns: 200, ["env", $"TMPDIR={_folder.Path}", "dotnet", ToolRun.Path, .. arguments]);
    }
}
