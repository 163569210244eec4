using System.Security.Cryptography;

namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Space that is set aside in a file, so that deletions and a start work on a full disk: SQLite writes to its log before it frees a page.
/// </summary>
/// <remarks>
/// A deletion that finds the disk full releases the reserve. From then on only deletions are carried out, because another write could take
/// the space that the next deletion needs, until the disk has room for the reserve again.
/// <para>
/// A checkpoint lengthens a database by at most its write-ahead log, and the log begins again only after all of it was moved. So that a
/// checkpoint never needs the reserve, each write leaves as many bytes free as both logs have. Where a reader keeps a log from being moved,
/// the disk therefore counts as full while it still has room.
/// </para>
/// </remarks>
internal sealed class DiskReserve
{
    /// <summary>Bytes of the reserve: enough for several steps of deletions, and on a filled disk for a short log's checkpoint.</summary>
    private const long MaxBytes = 8 << 20;

    /// <summary>The reserve takes at most 1 / MaxPart of a small disk.</summary>
    private const int MaxPart = 16;

    /// <summary>Bytes that the log may grow by for each deleted row: its page, and a part of the pages that refer to it.</summary>
    private const int BytesPerRow = 32 << 10;

    /// <summary>Free bytes below which the disk counts as full, because a write may need as many.</summary>
    private const long FullBelow = 64 << 10;

    /// <summary>Free bytes below which deletions take small steps: more than the log of a large step.</summary>
    private const long ShortBelow = 64 << 20;

    /// <summary>A step of a deletion writes at most 1 / StepPart of the reserve.</summary>
    private const int StepPart = 8;

    private readonly string _path;
    private readonly string[] _logs;
    private readonly ILogger _logger;
    private readonly long _bytes;
    private readonly Lock _lock = new();
    private volatile bool _isReleased;

    // Bytes of the last write for which there was no room; 0 once there was room for another.
    private long _refused;

    /// <summary>Sets the space aside, if the disk has room for it twice.</summary>
    public DiskReserve(DataDirectory directory, ILogger<DiskReserve> logger)
    {
        (_path, _logger) = (directory.Reserve, logger);
        _logs = [directory.Registry + "-wal", directory.ChannelLog + "-wal"];
        _bytes = Math.Min(MaxBytes, Drive()?.TotalSize / MaxPart ?? 0);
        if (_bytes > 0 && new FileInfo(_path) is not { Exists: true, Length: > 0 } && !TryFill())
        {
            _isReleased = true;
            ServerLog.DiskIsFull(_logger, 2 * _bytes, _path);
        }
    }

    /// <summary>Whether writes other than deletions may be carried out; restores a released reserve if the disk has room again.</summary>
    public bool AllowsWrites => !_isReleased || TryRestore();

    /// <summary>Whether the reserve is in use.</summary>
    public bool IsReleased => _isReleased;

    /// <summary>
    /// Bytes of a log after which it is moved where space is short, so that the reserve is larger than both logs when something else fills
    /// the disk.
    /// </summary>
    public long ShortLogBytes => _bytes > 0 ? _bytes / 4 : long.MaxValue;

    /// <summary>Bytes that one step of a deletion may write while space is short.</summary>
    public long StepBytes => _bytes / StepPart;

    /// <summary>Rows that one step of a deletion may drop, or pages that it may return, now; null for as many as it likes.</summary>
    public int? RowsPerStep => FreeBytes < LogBytes + ShortBelow ? (int)Math.Max(8, StepBytes / BytesPerRow) : null;

    /// <summary>Bytes that are free on its file system; null where that tells no sizes.</summary>
    public long? FreeBytes => Drive()?.AvailableFreeSpace;

    /// <summary>Why the store accepts no writes, with the remedy; null where it does.</summary>
    public string? Problem =>
        _isReleased || FreeBytes < LogBytes + Interlocked.Read(ref _refused) + FullBelow
            ? "The disk is full: reads and deletions work, other writes are refused. Delete channels or versions, or enlarge the disk."
            : null;

    private long LogBytes => _logs.Sum(DataDirectory.BytesOf);

    /// <summary>Whether the disk has room for so many bytes beside the room for the checkpoints of both logs.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="frees">Whether they belong to deletions, which do not show whether other writes have room.</param>
    public bool HasRoomFor(long bytes, bool frees = false)
    {
        bool hasRoom = FreeBytes is not { } free || free >= LogBytes + bytes + FullBelow;
        if (!frees)
            Interlocked.Exchange(ref _refused, hasRoom ? 0 : bytes);

        return hasRoom;
    }

    /// <summary>Gives the space to deletions; does nothing if they have it.</summary>
    public void Release()
    {
        lock (_lock)
        {
            if (_isReleased)
                return;

            File.Delete(_path);
            _isReleased = true;
        }

        ServerLog.DiskIsFull(_logger, 2 * _bytes, _path);
    }

    /// <summary>Sets released space aside again if the disk has room for it twice; returns whether it is set aside.</summary>
    public bool TryRestore()
    {
        lock (_lock)
        {
            if (!_isReleased)
                return true;

            if (!TryFill())
                return false;

            _isReleased = false;
        }

        ServerLog.DiskHasRoom(_logger, _bytes);
        return true;
    }

    /// <summary>Writes the file. Random bytes, because a file system that compresses would not set space aside for zeros.</summary>
    private bool TryFill()
    {
        if (FreeBytes < LogBytes + 2 * _bytes)
            return false;

        try
        {
            PrivateFiles.CreateFile(_path);
            File.WriteAllBytes(_path, RandomNumberGenerator.GetBytes((int)_bytes));
            return true;
        }
        catch (IOException exception) when (DiskFull.IsCauseOf(exception))
        {
            File.Delete(_path);
            return false;
        }
    }

    /// <summary>The file system; null where it tells no sizes.</summary>
    private DriveInfo? Drive()
    {
        try
        {
            var drive = new DriveInfo(Path.GetDirectoryName(_path)!);
            return drive.TotalSize > 0 ? drive : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
