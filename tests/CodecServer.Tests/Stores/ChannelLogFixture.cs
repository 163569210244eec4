using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CodecServer.Tests.Stores;

/// <summary>A channel log on a directory of the test's own.</summary>
public abstract class ChannelLogFixture : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private EmbeddedStores? _stores;

    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Takes all that there is.</summary>
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

    private protected async Task<long> CreateAsync(Retention? retention = null, string name = "faces") =>
        (await Log.CreateAsync(name, retention ?? Retention.All, Ct)).Id;

    private protected Task<ChannelRecord> GetAsync(string name = "faces") => Log.GetAsync(name, Ct);

    private protected Task<PublicationRecord> AppendAsync(long channel, CodeRun run) => Log.AppendAsync(channel, run, null, Ct);

    private protected Task<LogPage> ReadAsync(long channel, long sequence, KeyFilter? filter = null) =>
        Log.ReadAsync(channel, sequence, Unbounded, filter, Ct);

    /// <summary>Changes the database without the log's knowledge.</summary>
    private protected int Tamper(string sql, object? values = null)
    {
        using SqliteConnection connection = Connect();
        return connection.Execute(sql, values);
    }

    /// <summary>Asks the database itself.</summary>
    private protected T Ask<T>(string sql)
    {
        using SqliteConnection connection = Connect();
        return connection.QuerySingle<T>(sql);
    }

    /// <summary>Fails unless a channel's totals are those of its rows, and each key's entry names a code that is there.</summary>
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
        {
            newest[code.Info.Key!] = code.Sequence;
        }

        using SqliteConnection connection = Connect();
        Assert.Equal(
            newest.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value)),
            connection.Query<(string, long)>("SELECT key, sequence FROM keys WHERE channel_id = @Id ORDER BY key", new { record.Id })
        );
    }

    private SqliteConnection Connect() => new($"Data Source={Database};Foreign Keys=True;Pooling=False");
}
