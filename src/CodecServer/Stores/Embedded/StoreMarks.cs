using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Remembers, outside the databases, which databases a store has and how many commits each had: a database that has fewer, or is gone, lost
/// something.
/// </summary>
/// <remarks>
/// A mark is written after its commit is durable, so a mark is never ahead of an intact database. It is synced when housekeeping runs and
/// when the store is closed: a killed process loses no mark, a power cut those of the last interval.
/// </remarks>
internal sealed class StoreMarks : IDisposable
{
    // slot: 16 bytes identity, i64 little-endian commits; one slot for each database, in a sector of its own, so that none is torn.
    private const int SlotBytes = 512;

    private const int IdentityBytes = 16;

    private readonly string _path;
    private readonly byte[] _read;
    private readonly Lock _lock = new();
    private SafeFileHandle? _file;

    /// <summary>Reads the marks; there are none in a new store, or in one of an older server.</summary>
    public StoreMarks(string path)
    {
        _path = path;
        _read = File.Exists(path) ? File.ReadAllBytes(path) : [];
    }

    /// <summary>Returns the mark that the file had when this store was opened; null where it had none.</summary>
    public (Guid Identity, long Commits)? Find(MarkedDatabase database)
    {
        int at = (int)database * SlotBytes;
        if (_read.Length < at + SlotBytes)
            return null;

        ReadOnlySpan<byte> slot = _read.AsSpan(at, SlotBytes);
        var identity = new Guid(slot[..IdentityBytes]);
        return identity == Guid.Empty ? null : (identity, BinaryPrimitives.ReadInt64LittleEndian(slot[IdentityBytes..]));
    }

    /// <summary>Writes a database's identity and number of commits, durably.</summary>
    public void Begin(MarkedDatabase database, Guid identity, long commits)
    {
        byte[] slot = new byte[SlotBytes];
        identity.TryWriteBytes(slot);
        BinaryPrimitives.WriteInt64LittleEndian(slot.AsSpan(IdentityBytes), commits);
        lock (_lock)
        {
            PrivateFiles.CreateFile(_path);
            _file ??= File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            RandomAccess.Write(_file, slot, (int)database * SlotBytes);
            RandomAccess.FlushToDisk(_file);
        }

        DirectorySync.Sync(Path.GetDirectoryName(_path)!);
    }

    /// <summary>Writes a database's number of commits: 8 bytes, not synced.</summary>
    public void Advance(MarkedDatabase database, long commits)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, commits);
        RandomAccess.Write(_file!, bytes, (int)database * SlotBytes + IdentityBytes);
    }

    /// <summary>Makes the marks durable.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_file is { IsClosed: false })
                RandomAccess.FlushToDisk(_file);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
        }
    }
}

/// <summary>The databases of a store; the value is the place of the mark.</summary>
internal enum MarkedDatabase
{
    Registry = 0,
    ChannelLog = 1,
}
