using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>The directory that holds all data, locked until this process ends.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;
    private readonly bool _isTemporary;

    /// <summary>Creates the directory if it is missing, and locks it.</summary>
    /// <exception cref="StoreException">
    /// It cannot be used: another server has locked it, it is not writable, a restore into it is unfinished, or it is to be deleted at the
    /// end and is not empty.
    /// </exception>
    public DataDirectory(IOptions<StoreOptions> options)
    {
        Root = Path.GetFullPath(options.Value.DataDirectory);
        AcceptsLoss = options.Value.AcceptLoss;
        try
        {
            PrivateFiles.CreateFolder(Root);
            _isTemporary = options.Value.Temporary;
            if (_isTemporary && Directory.EnumerateFileSystemEntries(Root).Any())
                throw new StoreException($"The data directory {Root} is not empty, and --temporary would delete it; name an empty folder.");

            foreach (string directory in new[] { Blobs, Uploads })
                PrivateFiles.CreateFolder(directory);

            // A kernel lock: it ends with the process, however that ends. A lock file that is left over has no effect.
            PrivateFiles.CreateFile(Layout.Lock);
            _lock = new FileStream(Layout.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            DirectorySync.Sync(Root);
            Marks = new StoreMarks(Path.Combine(Root, "marks"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"The data directory {Root} cannot be used: {exception.Message} "
                    + "If another server runs on it, stop that server, or give this one another directory (--data-directory).",
                exception
            );
        }

        if (File.Exists(Layout.Restoring))
        {
            _lock.Dispose();
            throw new StoreException(
                $"A restore into the data directory {Root} did not finish, and what it holds is incomplete. "
                    + "Run the restore again, or delete the directory's content."
            );
        }
    }

    /// <summary>Its absolute path.</summary>
    public string Root { get; }

    /// <summary>The names of its files.</summary>
    public DataLayout Layout => new(Root);

    /// <summary>Complete, verified blobs: <c>ab/abcd…</c>.</summary>
    public string Blobs => Layout.Blobs;

    /// <summary>Incomplete uploads, named by digest.</summary>
    public string Uploads => Layout.Uploads;

    /// <summary>The model registry's database.</summary>
    public string Registry => Layout.Registry;

    /// <summary>The channel log's database.</summary>
    public string ChannelLog => Layout.ChannelLog;

    /// <summary>Space that is set aside for deletions on a full disk.</summary>
    public string Reserve => Path.Combine(Root, "reserve");

    /// <summary>What the databases had, outside of them.</summary>
    public StoreMarks Marks { get; }

    /// <summary>Whether the store is opened although it lost data.</summary>
    public bool AcceptsLoss { get; }

    /// <summary>Returns the bytes of a file; 0 where there is none.</summary>
    public static long BytesOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>Sums the files of a folder; one that is deleted meanwhile counts nothing.</summary>
    public static long BytesIn(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(BytesOf);

    /// <inheritdoc/>
    public void Dispose()
    {
        Marks.Dispose();
        _lock.Dispose();
        if (_isTemporary)
            Directory.Delete(Root, recursive: true);
    }
}
