using Codec.Tests.Shared;

namespace Codec.Tool.Tests;

/// <summary>Which server a command calls, with which credential, and what it says when it cannot.</summary>
public sealed class ConnectionTests(ServerFixture server) : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Server_FromTheProfileFile_IsCalled()
    {
        _folder.Write("codec/profile.json", $$"""{ "server": "{{server.Address}}" } // ours""");

        ToolRun run = await ToolRun.RunAsync(
            new Dictionary<string, string?> { ["XDG_CONFIG_HOME"] = _folder.Path, ["CODEC_SERVER"] = null },
            "models",
            "list",
            "--json"
        );

        Assert.NotEmpty(run.Succeeded().Objects);
    }

    [Fact]
    public async Task Server_TheOption_ComesBeforeTheEnvironment()
    {
        ToolRun run = await ToolRun.RunAsync(
            new Dictionary<string, string?> { ["CODEC_SERVER"] = "http://127.0.0.1:9" },
            "channels",
            "list",
            "--server",
            server.Address
        );

        run.Succeeded();
    }

    [Fact]
    public async Task Profile_WithAMisspelledField_IsRefusedWithItsPath()
    {
        string path = _folder.Write("p.json", """{ "sever": "http://127.0.0.1:1" }""");

        ToolRun run = await ToolRun.RunAsync(
            new Dictionary<string, string?> { ["CODEC_PROFILE"] = path, ["CODEC_SERVER"] = null },
            "models",
            "list"
        );

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(path, Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Profile_Credential_IsNotReadForAnotherServer()
    {
        // Its file does not exist: a command that used it would fail.
        string path = _folder.Write("p.json", """{ "server": "http://127.0.0.1:9", "apiKeyFile": "missing" }""");
        var profile = new Dictionary<string, string?> { ["CODEC_PROFILE"] = path, ["CODEC_SERVER"] = null };

        ToolRun other = await ToolRun.RunAsync(profile, "models", "list", "--server", server.Address);
        ToolRun own = await ToolRun.RunAsync(profile, "models", "list");

        other.Succeeded();
        Assert.Equal(2, own.ExitCode);
        Assert.Contains("missing", Assert.Single(own.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingListens_IsExitCode3()
    {
        ToolRun run = await ToolRun.RunAsync("models", "list", "--server", $"http://127.0.0.1:{Ports.Free()}");

        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.All(run.Errors, line => Assert.StartsWith("codec: ", line, StringComparison.Ordinal));
    }
}
