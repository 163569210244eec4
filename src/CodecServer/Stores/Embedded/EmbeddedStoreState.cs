namespace Codec.Server.Stores.Embedded;

/// <summary>The state of the data directory.</summary>
internal sealed class EmbeddedStoreState(DataDirectory directory, DiskReserve reserve) : IStoreState
{
    public string? Problem => reserve.Problem;

    public long? FreeBytes => reserve.FreeBytes;

    public IReadOnlyList<StorePart> Measure() =>
        [
            new("registry", DataDirectory.BytesOf(directory.Registry)),
            new("channel_log", DataDirectory.BytesOf(directory.ChannelLog)),
            new("write_ahead", DataDirectory.BytesOf(directory.Registry + "-wal") + DataDirectory.BytesOf(directory.ChannelLog + "-wal")),
            new("blobs", DataDirectory.BytesIn(directory.Blobs)),
            new("uploads", DataDirectory.BytesIn(directory.Uploads)),
        ];
}
