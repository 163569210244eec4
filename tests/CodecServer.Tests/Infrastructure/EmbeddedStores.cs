using Codec.Server.Options;
using Codec.Server.Stores.Embedded;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Infrastructure;

/// <summary>The embedded stores on a directory, with a clock of the test's own.</summary>
internal sealed class EmbeddedStores : IAsyncDisposable
{
    private readonly DataDirectory _directory;

    public EmbeddedStores(string path, StoreOptions? store = null, ChannelOptions? channels = null)
    {
        store ??= new StoreOptions();
        store.DataDirectory = path;
        IOptions<StoreOptions> options = Options.Create(store);
        _directory = new DataDirectory(options);
        Blobs = new FileBlobStore(_directory, options);
        Registry = new SqliteModelRegistry(_directory, options, Time);
        Log = new SqliteChannelLog(_directory, options, Options.Create(channels ?? new ChannelOptions()), Time);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public FileBlobStore Blobs { get; }

    public SqliteModelRegistry Registry { get; }

    public SqliteChannelLog Log { get; }

    public async ValueTask DisposeAsync()
    {
        await Registry.DisposeAsync();
        await Log.DisposeAsync();
        _directory.Dispose();
    }
}
