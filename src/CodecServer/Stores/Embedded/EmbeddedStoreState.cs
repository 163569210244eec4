namespace Codec.Server.Stores.Embedded;

/// <summary>The state of the data directory.</summary>
internal sealed class EmbeddedStoreState(DataDirectory directory, DiskReserve reserve) : IStoreState
{
    public string? Problem => reserve.Problem;

    public long? FreeBytes => reserve.FreeBytes;

    public IReadOnlyList<StorePart> Measure() =>
        [
            new("registry", BytesOf(directory.Registry)),
            new("channel_log", BytesOf(directory.ChannelLog)),
            new("write_ahead", BytesOf(directory.Registry + "-wal") + BytesOf(directory.ChannelLog + "-wal")),
            new("blobs", BytesIn(directory.Blobs)),
            new("uploads", BytesIn(directory.Uploads)),
        ];

    private static long BytesOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>Sums the files of a folder; one that is deleted meanwhile counts nothing.</summary>
    private static long BytesIn(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(static path => BytesOf(path));
}
