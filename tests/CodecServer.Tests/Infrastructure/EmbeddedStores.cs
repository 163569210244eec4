using Codec.Server.Options;
using Codec.Server.Stores.Embedded;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Infrastructure;

/// <summary>The embedded stores on a directory, with a fake clock. Disposing them fails the test if an error was logged.</summary>
internal sealed class EmbeddedStores : IAsyncDisposable
{
    private readonly DataDirectory _directory;
    private readonly ErrorLog _errors = new();
    private readonly LoggerFactory _loggers;

    public EmbeddedStores(string path, StoreOptions? store = null, ChannelOptions? channels = null)
    {
        store ??= new StoreOptions();
        store.DataDirectory = path;
        IOptions<StoreOptions> options = Options.Create(store);
        _loggers = new LoggerFactory([_errors]);
        _directory = new DataDirectory(options);
        try
        {
            Reserve = new DiskReserve(_directory, _loggers.CreateLogger<DiskReserve>());
            Blobs = new FileBlobStore(_directory, Reserve, options, Time, _loggers.CreateLogger<FileBlobStore>());
            Registry = new SqliteModelRegistry(_directory, Reserve, options, Time, _loggers.CreateLogger<SqliteModelRegistry>());
            Log = new SqliteChannelLog(
                _directory,
                Reserve,
                options,
                Options.Create(channels ?? new ChannelOptions()),
                Time,
                _loggers.CreateLogger<SqliteChannelLog>()
            );
        }
        catch
        {
            _directory.Dispose();
            throw;
        }
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public DiskReserve Reserve { get; }

    public FileBlobStore Blobs { get; }

    public SqliteModelRegistry Registry { get; }

    public SqliteChannelLog Log { get; }

    public async ValueTask DisposeAsync()
    {
        await Registry.DisposeAsync();
        await Log.DisposeAsync();
        Blobs.Dispose();
        _directory.Dispose();
        _loggers.Dispose();
        _errors.VerifyNoErrors();
    }
}
