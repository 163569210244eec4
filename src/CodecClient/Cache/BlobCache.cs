using Codec.Models;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Cache;

/// <summary>
/// Caches blobs and manifests in content-addressed files that all processes of a user share. Reads are verified, writes are atomic. A cache
/// that cannot be used costs downloads and never causes a failure.
/// </summary>
/// <remarks>
/// Several processes need no locks: a file's name is the digest of its bytes, so all of them write the same bytes; a rename is atomic; a
/// file that disappears before it is read is a miss.
/// </remarks>
internal sealed partial class BlobCache(string? directory, long maxBytes, TimeProvider time, ILogger log)
{
    private const string PartialSuffix = ".partial";

    private int _hasWarned;

    /// <summary>Reads a blob.</summary>
    /// <returns>The verified bytes; null if the blob is not cached, or was damaged and is now removed.</returns>
    public async Task<byte[]?> ReadAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (directory is null)
            return null;
        string path = PathOf(digest);
        try
        {
            byte[]? bytes;
            // Other processes may replace or remove the file while it is read.
            using (
                var file = new FileStream(
                    path,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete,
                    bufferSize: 0,
                    useAsync: true
                )
            )
            {
                bytes = await ReadWholeAsync(file, cancellationToken).ConfigureAwait(false);
            }

            if (bytes is null || Digest.Of(bytes) != digest)
            {
                ClientLog.CacheDamaged(log, digest);
                File.Delete(path);
                return null;
            }

            Touch(path);
            return bytes;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warn(exception);
            return null;
        }
    }

    /// <summary>Stores a blob, and removes the least recently used ones if the cache exceeds its bound.</summary>
    /// <param name="digest">The digest of the bytes; the caller has verified it.</param>
    /// <param name="bytes">The bytes; a blob above the bound is not stored.</param>
    /// <param name="cancellationToken">Stops the write; no partial file remains.</param>
    public async Task WriteAsync(Digest digest, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (directory is null || bytes.Length > maxBytes)
            return;
        string path = PathOf(digest);
        string partial = $"{path}.{Guid.NewGuid():N}{PartialSuffix}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                // No flush to the disk: after a power cut the next read detects the damage, and the blob is downloaded again.
                using (
                    var file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true)
                )
                {
                    await file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
                }

                Touch(partial);
                File.Move(partial, path, overwrite: true);
            }
            finally
            {
                File.Delete(partial);
            }

            Trim(keep: path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warn(exception);
        }
    }

    private static async Task<byte[]?> ReadWholeAsync(FileStream file, CancellationToken cancellationToken)
    {
        // A foreign file with this name must not cause an allocation larger than a blob may be.
        if (file.Length > ModelLimits.MaxBlobBytes)
            return null;
        byte[] bytes = new byte[file.Length];
        int length = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length == bytes.Length ? bytes : null;
    }

    /// <summary>Two directory levels, so that no directory grows large.</summary>
    private string PathOf(Digest digest) => Path.Combine(directory!, digest.Hex[..2], digest.Hex);

    /// <summary>Records a use explicitly, because file systems are often mounted without access times.</summary>
    private void Touch(string path)
    {
        try
        {
            File.SetLastAccessTimeUtc(path, time.GetUtcNow().UtcDateTime);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The file was removed in between, or the file system is read-only: its age does not matter then.
        }
    }

    private void Warn(Exception exception)
    {
        // Only once: a full or read-only disk would otherwise log a warning for each blob.
        if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
            ClientLog.CacheUnusable(log, directory!, exception);
    }
}
