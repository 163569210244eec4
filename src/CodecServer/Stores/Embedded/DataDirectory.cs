using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>The directory that holds all data, locked until this process ends.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;

    /// <summary>Creates the directory if it is missing, and locks it.</summary>
    /// <exception cref="StoreException">
    /// It cannot be used: another server has locked it, it is not writable, or a restore into it is unfinished.
    /// </exception>
    public DataDirectory(IOptions<StoreOptions> options)
        : this(Path.GetFullPath(options.Value.DataDirectory))
    {
        if (File.Exists(Layout.Restoring))
        {
            _lock.Dispose();
            throw new StoreException(
                $"A restore into the data directory {Root} did not finish, and what it holds is incomplete. "
                    + "Run the restore again, or delete the directory's content."
            );
        }
    }

    private DataDirectory(string root)
    {
        Layout = new DataLayout(root);
        try
        {
            foreach (string directory in new[] { Root, Blobs, Uploads })
                Directory.CreateDirectory(directory);

            // A kernel lock: it ends with the process, however that ends. A lock file that is left over has no effect.
            _lock = new FileStream(Layout.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            DirectorySync.Sync(Root);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                $"The data directory {Root} cannot be used: {exception.Message} "
                    + "If another server runs on it, stop that server, or give this one another directory (--data-directory).",
                exception
            );
        }
    }

    /// <summary>The names of its files.</summary>
    public DataLayout Layout { get; }

    /// <summary>Its absolute path.</summary>
    public string Root => Layout.Root;

    /// <inheritdoc cref="DataLayout.Blobs"/>
    public string Blobs => Layout.Blobs;

    /// <inheritdoc cref="DataLayout.Uploads"/>
    public string Uploads => Layout.Uploads;

    /// <inheritdoc cref="DataLayout.Registry"/>
    public string Registry => Layout.Registry;

    /// <inheritdoc cref="DataLayout.ChannelLog"/>
    public string ChannelLog => Layout.ChannelLog;

    /// <summary>Creates and locks a directory for a restore, which may find an unfinished one.</summary>
    /// <exception cref="StoreException">It cannot be used: a server has locked it, or it is not writable.</exception>
    public static DataDirectory ForRestore(string root) => new(root);

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
