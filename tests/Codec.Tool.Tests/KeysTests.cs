using System.Text.Json;
using Codec.Tests.Shared;

namespace Codec.Tool.Tests;

/// <summary>keys: the tool runs the server's program on a file.</summary>
public sealed class KeysTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CreateListRevoke_File_ShowsTheKeyOnceAndThenThatItIsRevoked()
    {
        string file = _folder.File("keys.json");

        JsonElement created = Assert.Single(
            (await ToolRun.RunAsync("keys", "create", "anna", "--role", "encode", "--role", "publish:cameras.*", "--file", file, "--json"))
                .Succeeded()
                .Objects
        );
        string id = created.GetProperty("id").GetString()!;
        JsonElement revoked = Assert.Single((await ToolRun.RunAsync("keys", "revoke", id, "--file", file, "--json")).Succeeded().Objects);
        ToolRun listed = (await ToolRun.RunAsync("keys", "list", "--file", file)).Succeeded();

        Assert.StartsWith($"codec_{id}_", created.GetProperty("key").GetString(), StringComparison.Ordinal);
        Assert.Equal(["encode", "publish:cameras.*"], created.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
        Assert.False(created.TryGetProperty("revokedAt", out _));
        Assert.Equal(id, revoked.GetProperty("id").GetString());
        Assert.True(revoked.TryGetProperty("revokedAt", out _));
        Assert.Contains($"{id}  anna  encode publish:cameras.*", listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(created.GetProperty("key").GetString()!, File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WrongRoleOrNoPlace_SaysWhatIsAllowed()
    {
        ToolRun wrong = await ToolRun.RunAsync("keys", "create", "anna", "--role", "king", "--file", _folder.File("keys.json"));
        ToolRun nowhere = await ToolRun.RunAsync("keys", "create", "anna", "--role", "admin");

        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("'king' is not a role; allowed are admin", string.Join(' ', wrong.Errors), StringComparison.Ordinal);
        Assert.Equal(2, nowhere.ExitCode);
        Assert.Contains("--data-directory", Assert.Single(nowhere.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_TwoPlaces_IsAWrongCommandLine()
    {
        ToolRun both = await ToolRun.RunAsync("keys", "list", "--file", _folder.File("keys.json"), "--data-directory", _folder.Path);

        Assert.Equal(2, both.ExitCode);
        Assert.Contains("Name either the server's --data-directory or a --file", Assert.Single(both.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("revoke", "0123456789ab")]
    public async Task Command_FileDoesNotExist_SaysSo(params string[] command)
    {
        ToolRun run = await ToolRun.RunAsync(["keys", .. command, "--file", _folder.File("typo.json")]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.EndsWith("typo.json does not exist. Correct --file.", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    /// <summary>The remedy is a command of codec and of CodecServer alike, so it names neither.</summary>
    [Fact]
    public async Task Revoke_UnknownId_IsNotFoundAndNamesTheCommandThatShowsIds()
    {
        string file = _folder.File("keys.json");
        (await ToolRun.RunAsync("keys", "create", "anna", "--role", "encode", "--file", file, "--json")).Succeeded();

        ToolRun run = await ToolRun.RunAsync("keys", "revoke", "zzz", "--file", file);

        Assert.Equal(4, run.ExitCode);
        Assert.Equal("There is no key 'zzz' to revoke; keys list shows the ids.", Assert.Single(run.Errors));
    }
}
