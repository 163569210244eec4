using System.Text.Json;
using Codec.Client;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Tool.Tests;

/// <summary>codec models, against a real server.</summary>
public sealed class ModelsTests(ServerFixture server) : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task List_ShippedModels_AsTableAndAsObjects()
    {
        ToolRun table = (await server.RunAsync("models", "list")).Succeeded();
        ToolRun json = (await server.RunAsync("models", "list", "--json")).Succeeded();

        Assert.Contains("photos", table.Output, StringComparison.Ordinal);
        JsonElement photos = json.Objects.Single(row => Text(row, "model") == "photos");
        Digest version = ModelPackage.Load(Repository.PathOf("models", "photos.codec")).Version;
        Assert.Equal(version.Hex, Text(photos.GetProperty("aliases")[0], "version"));
        Assert.Contains($"live → {version.Hex[..12]}", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublishAliasRollbackDelete_TwoVersions_LeaveTheirHistory()
    {
        string first = Save("first"),
            second = Save("second");

        JsonElement one = Assert.Single(
            (await server.RunAsync("models", "publish", first, "--alias", "live", "--json")).Succeeded().Objects
        );
        JsonElement two = Assert.Single((await server.RunAsync("models", "publish", second, "--json")).Succeeded().Objects);
        string older = Text(one, "version")!,
            newer = Text(two, "version")!;
        (await server.RunAsync("models", "alias", "moved-8@live", newer[..16])).Succeeded();
        (await server.RunAsync("models", "alias", "moved-8@canary", $"{older}=95", $"{newer}=5")).Succeeded();
        (await server.RunAsync("models", "rollback", "moved-8")).Succeeded();
        ToolRun unknown = await server.RunAsync("models", "alias", "moved-8", "abcd");
        ToolRun conflict = await server.RunAsync("models", "alias", "moved-8", "canary", "--expected-revision", "1");
        ToolRun history = (await server.RunAsync("models", "history", "moved-8", "--json")).Succeeded();
        ToolRun none = await server.RunAsync("models", "history", "moved-8@nosuch");
        ToolRun shown = (await server.RunAsync("models", "show", "moved-8", "--json")).Succeeded();
        ToolRun refused = await server.RunAsync("models", "delete", $"moved-8@sha256:{older}");
        (await server.RunAsync("models", "delete", "moved-8@canary")).Succeeded();
        (await server.RunAsync("models", "delete", $"moved-8@sha256:{newer}")).Succeeded();

        Assert.Equal([older, newer, older], history.Objects.Select(row => Text(row, "version")));
        Assert.Equal(1, history.Objects[0].GetProperty("restoredRevision").GetInt64());
        Assert.Equal([newer, older], shown.Objects.Select(row => Text(row, "version")));
        Assert.Equal(4, unknown.ExitCode);
        Assert.Contains("'abcd' names no version of moved-8; give an alias,", Assert.Single(unknown.Errors), StringComparison.Ordinal);
        Assert.Equal(4, none.ExitCode);
        Assert.Contains("There is no alias moved-8@nosuch", Assert.Single(none.Errors), StringComparison.Ordinal);
        Assert.Equal(1, conflict.ExitCode);
        Assert.Single(conflict.Errors);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("alias", Assert.Single(refused.Errors), StringComparison.Ordinal);
        using CodecClient client = server.Connect();
        VersionInfo left = Assert.Single(await client.ListVersionsAsync("moved-8", TestContext.Current.CancellationToken));
        Assert.Equal(older, left.Digest.Hex);
    }

    [Fact]
    public async Task Pull_Version_IsTheModelFile()
    {
        string path = _folder.File("photos.codec");

        (await server.RunAsync("models", "pull", "photos", "-o", path)).Succeeded();
        ToolRun again = await server.RunAsync("models", "pull", "photos", "-o", path);

        Assert.Equal(ModelPackage.Load(Repository.PathOf("models", "photos.codec")).Version, ModelPackage.Load(path).Version);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("--overwrite", Assert.Single(again.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_WrongAlias_UploadsNothing()
    {
        string path = _folder.File("alias-8.codec");
        SmallModel.Create("alias-8").Save(path);

        ToolRun wrong = await server.RunAsync("models", "publish", path, "--alias", "A B");
        ToolRun shown = await server.RunAsync("models", "show", "alias-8");

        Assert.Equal((2, 4), (wrong.ExitCode, shown.ExitCode));
        Assert.Contains("'alias-8@A B' names no alias; write MODEL or MODEL@ALIAS", Assert.Single(wrong.Errors), StringComparison.Ordinal);
    }

    private string Save(string note)
    {
        string path = _folder.File(note + ".codec");
        SmallModel.Create("moved-8", note).Save(path);
        return path;
    }

    private static string? Text(JsonElement row, string field) => row.GetProperty(field).GetString();
}
