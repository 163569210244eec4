using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CodecServer.Tests.Stores;

/// <summary>A channel log on a temporary directory.</summary>
public abstract class ChannelLogFixture : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private EmbeddedStores? _stores;

    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>No bound.</summary>
    private protected static ReadBounds Unbounded { get; } = new(int.MaxValue, int.MaxValue);

    private protected ChannelOptions Options { get; } = new();

    private protected EmbeddedStores Stores => _stores ??= new EmbeddedStores(_directory.Path, channels: Options);

    private protected SqliteChannelLog Log => Stores.Log;

    private protected string Database => Path.Combine(_directory.Path, "channels.db");

    private protected DateTimeOffset Now => Stores.Time.GetUtcNow();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the stores; the next use opens them again.</summary>
    private protected async Task CloseAsync()
    {
        if (_stores is not null)
        {
            await _stores.DisposeAsync();
            _stores = null;
        }
    }

    private protected async Task<ChannelId> CreateAsync(Retention? retention = null, string name = "faces") =>
        (await Log.CreateAsync(name, retention ?? Retention.All, Ct)).Channel.Id;

    private protected Task<ChannelRecord> GetAsync(string name = "faces") => Log.GetAsync(name, Ct);

    private protected Task<ItemOutcome> AppendAsync(ChannelId channel, CodeRun run) => Log.AppendAsync(channel, run, null, Ct);

    private protected Task<LogPage> ReadAsync(ChannelId channel, long sequence, KeyFilter? filter = null) =>
        Log.ReadAsync(channel, sequence, Unbounded, filter, Ct);

    /// <summary>Changes the database directly.</summary>
    private protected int Tamper(string sql, object? values = null)
    {
        using SqliteConnection connection = Connect();
        return connection.Execute(sql, values);
    }

    /// <summary>Queries the database directly.</summary>
    private protected T Ask<T>(string sql)
    {
        using SqliteConnection connection = Connect();
        return connection.QuerySingle<T>(sql);
    }

    /// <summary>
    /// Fails unless a channel's totals match its rows, and each key's entry names the newest code in the log that has it.
    /// </summary>
    private protected async Task VerifyTotalsAsync(string name = "faces")
    {
        ChannelRecord record = await GetAsync(name);
        var codes = new List<StoredCode>();
        for (long next = record.FirstSequence; next < record.NextSequence; )
        {
            LogPage page = await ReadAsync(record.Id, next);
            codes.AddRange(page.Codes);
            next = page.NextSequence;
        }

        Assert.Equal((codes.Count, codes.Sum(code => (long)code.Code.Length)), (record.Codes, record.Bytes));
        Dictionary<string, long> newest = [];
        foreach (StoredCode code in codes.Where(code => code.Info.Key is not null))
            newest[code.Info.Key!] = code.Sequence;

        using SqliteConnection connection = Connect();
        Assert.Equal(
            newest.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value)),
            connection.Query<(string, long)>(
                "SELECT key, sequence FROM keys WHERE channel_id = @Incarnation ORDER BY key",
                new { record.Id.Incarnation }
            )
        );
    }

    private SqliteConnection Connect() => new($"Data Source={Database};Foreign Keys=True;Pooling=False");
}
