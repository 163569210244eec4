using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>The directory that holds everything, locked for this process for as long as it lives.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly FileStream _lock;

    /// <summary>Creates the directory where it is missing, and locks it.</summary>
    /// <exception cref="DataDirectoryException">It cannot be used: another server has it, or it is not writable.</exception>
    public DataDirectory(IOptions<StoreOptions> options)
    {
        Root = Path.GetFullPath(options.Value.DataDirectory);
        try
        {
            foreach (string directory in new[] { Root, Blobs, Uploads })
            {
                Directory.CreateDirectory(directory);
            }

            // The lock is the kernel's: it ends with the process, however that ends, so a stale file means nothing.
            _lock = new FileStream(Path.Combine(Root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            DirectorySync.Sync(Root);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException(
                $"The data directory {Root} cannot be used: {exception.Message} "
                    + "If another server runs on it, stop that one or give this one its own (--data-directory).",
                exception
            );
        }
    }

    /// <summary>The directory itself.</summary>
    public string Root { get; }

    /// <summary>Whole, verified blobs: <c>ab/abcd…</c>.</summary>
    public string Blobs => Path.Combine(Root, "blobs");

    /// <summary>Blobs that are still being uploaded, by digest.</summary>
    public string Uploads => Path.Combine(Root, "uploads");

    /// <summary>The model registry's database.</summary>
    public string Registry => Path.Combine(Root, "registry.db");

    /// <summary>The channel log's database.</summary>
    public string ChannelLog => Path.Combine(Root, "channels.db");

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}

/// <summary>The server cannot start on its data directory; the message says why and what to do.</summary>
/// <param name="message">Why, and what to do.</param>
/// <param name="innerException">The cause, if there is one.</param>
internal sealed class DataDirectoryException(string message, Exception? innerException = null) : Exception(message, innerException);
