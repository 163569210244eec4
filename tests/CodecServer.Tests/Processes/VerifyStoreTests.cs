using Codec.Models;
using Codec.Server;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CodecServer.Tests.Processes;

/// <summary>--verify-store finds what is damaged, and changes nothing.</summary>
public sealed class VerifyStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task RunAsync_IntactStore_AnswersZeroWithASummary()
    {
        await FillAsync();

        (int status, string report) = await VerifyAsync();

        Assert.True(status == 0, report);
        Assert.Contains("registry: 1 versions", report, StringComparison.Ordinal);
        Assert.Contains("channels: 1 with 30 codes", report, StringComparison.Ordinal);
        Assert.Contains("is intact", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blob flipped", "The blob * is damaged")]
    [InlineData("blob missing", "The blob * is missing")]
    [InlineData(
        "UPDATE frames SET frame = CAST(X'00' || SUBSTR(frame, 2) AS BLOB) WHERE first_sequence = 11",
        "The codes 11 to 20 of 'faces' are damaged"
    )]
    [InlineData("DELETE FROM frames WHERE first_sequence = 11", "The codes 11 to 20 of 'faces' are missing")]
    [InlineData("UPDATE channels SET bytes = bytes + 1", "its totals are 30 and")]
    [InlineData("UPDATE code_versions SET digest = REPLACE(digest, 'a', 'b')", "which the registry does not have")]
    [InlineData("no log", "channels.db is missing")]
    [InlineData("torn log", "channels.db")]
    public async Task RunAsync_DamagedStore_AnswersOneAndNamesTheDamage(string damage, string expected)
    {
        Digest blob = await FillAsync();
        SqliteConnection.ClearAllPools();
        string file = _directory.File(Path.Combine("blobs", blob.Hex[..2], blob.Hex));
        string log = _directory.File("channels.db");
        switch (damage)
        {
            case "blob flipped":
                byte[] bytes = await File.ReadAllBytesAsync(file, Ct);
                bytes[0] ^= 1;
                await File.WriteAllBytesAsync(file, bytes, Ct);
                break;
            case "blob missing":
                File.Delete(file);
                break;
            case "no log":
                File.Delete(log);
                break;
            case "torn log":
                byte[] pages = await File.ReadAllBytesAsync(log, Ct);
                await File.WriteAllBytesAsync(log, pages[..(pages.Length / 2)], Ct);
                break;
            default:
                using (var connection = new SqliteConnection($"Data Source={log};Pooling=False"))
                {
                    connection.Execute(damage);
                }

                break;
        }

        (int status, string report) = await VerifyAsync();

        Assert.Equal(1, status);
        Assert.Matches("problem: .*" + expected.Replace("*", "[^\n]*", StringComparison.Ordinal), report);
        Assert.Matches(@"has \d+ problems?\.", report);
    }

    /// <summary>An empty file is what is left of a database whose write-ahead log was lost before it was moved.</summary>
    [Theory]
    [InlineData("registry.db")]
    [InlineData("channels.db")]
    public async Task RunAsync_DatabaseLostItsCommits_SaysWhatTheStartSays(string database)
    {
        await FillAsync();
        SqliteConnection.ClearAllPools();
        await File.WriteAllBytesAsync(_directory.File(database), [], Ct);

        (int status, string report) = await VerifyAsync();

        StoreException start = Assert.Throws<StoreException>(() => new EmbeddedStores(_directory.Path));
        Assert.Equal(1, status);
        Assert.Contains($"{database} has 0 of ", start.Message, StringComparison.Ordinal);
        Assert.Contains($"problem: {start.Message}", report, StringComparison.Ordinal);
        Assert.Contains("has 1 problem.", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("registry.db", "", "registry.db is empty, while other data of the store exists.")]
    [InlineData("channels.db", "", "channels.db is empty, while other data of the store exists.")]
    [InlineData("credentials.json", "not JSON", "The credentials in ")]
    public async Task RunAsync_FileWithoutContentAndMarks_IsAProblemInPlainWords(string name, string content, string expected)
    {
        await FillAsync();
        SqliteConnection.ClearAllPools();
        File.Delete(_directory.File("marks"));
        await File.WriteAllTextAsync(_directory.File(name), content, Ct);

        (int status, string report) = await VerifyAsync();

        Assert.Equal(1, status);
        Assert.Contains(expected, report, StringComparison.Ordinal);
        Assert.DoesNotContain("SQLite", report, StringComparison.Ordinal);
        Assert.Contains("has 1 problem.", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_AServerRuns_IsRefused()
    {
        await using var stores = new EmbeddedStores(_directory.Path);

        StoreException refused = await Assert.ThrowsAsync<StoreException>(VerifyAsync);

        Assert.Contains("stop that server", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoSuchDirectory_IsRefused()
    {
        await Assert.ThrowsAsync<StoreException>(() =>
            StoreVerification.RunAsync(CommandLine.Parse(["--data-directory", _directory.File("none")]).Settings, TextWriter.Null)
        );
        Assert.False(Directory.Exists(_directory.File("none")));
    }

    /// <summary>Publishes a model and stores 30 codes of it in three rows; returns one of its blobs.</summary>
    private async Task<Digest> FillAsync()
    {
        ModelPackage package = SmallModel.Create();
        await using (TestServer server = await TestServer.StartAsync([], _directory.Path))
        {
            await server.PublishAsync(package);
        }

        await using var stores = new EmbeddedStores(_directory.Path, new StoreOptions());
        ChannelId channel = (await stores.Log.CreateAsync("faces", Retention.All, Ct)).Channel.Id;
        for (int i = 0; i < 3; i++)
            await stores.Log.AppendAsync(channel, Runs.Of(10, version: package.Version), null, Ct);

        return package.Blobs.Keys.First();
    }

    private async Task<(int Status, string Report)> VerifyAsync()
    {
        SqliteConnection.ClearAllPools();
        using var report = new StringWriter();
        int status = await StoreVerification.RunAsync(
            CommandLine.Parse(["--verify-store", "--data-directory", _directory.Path]).Settings,
            report
        );
        return (status, report.ToString());
    }
}
