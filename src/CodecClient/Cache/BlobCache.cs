using Codec.Models;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Cache;

/// <summary>
/// Content-addressed files that all processes of a user share: blobs, and manifests, whose digest names the version. What is read is
/// verified; what is written appears whole or not at all. A cache that cannot be used costs downloads, never a failure.
/// </summary>
/// <remarks>
/// Safe under several processes without locks: a file's name is the digest of its bytes, so whoever writes it last writes the same; a
/// rename is atomic; and a file that vanishes under a reader is a miss.
/// </remarks>
internal sealed partial class BlobCache(string? directory, long maxBytes, TimeProvider time, ILogger log)
{
    private const string PartialSuffix = ".partial";

    private int _hasWarned;

    /// <summary>Reads a blob.</summary>
    /// <returns>Its bytes, verified; null where the cache has it not, or had it damaged and removed it.</returns>
    public async Task<byte[]?> ReadAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (directory is null)
            return null;
        string path = PathOf(digest);
        try
        {
            byte[]? bytes;
            // Others may rename over it or remove it meanwhile.
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

    /// <summary>Stores a blob, and removes those unused for the longest time if the cache exceeds its bound.</summary>
    /// <param name="digest">The bytes' digest, which the caller has verified.</param>
    /// <param name="bytes">The bytes; a blob above the bound is not stored.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
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
                // No flush to the disk: after a power cut the next read finds the damage and fetches it anew.
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
        // Somebody else's file under our name must not make us allocate more than a blob may have.
        if (file.Length > ModelLimits.MaxBlobBytes)
            return null;
        byte[] bytes = new byte[file.Length];
        int length = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length == bytes.Length ? bytes : null;
    }

    /// <summary>Two levels, so that no directory grows large.</summary>
    private string PathOf(Digest digest) => Path.Combine(directory!, digest.Hex[..2], digest.Hex);

    /// <summary>Marks a use; set by hand, for file systems are mounted without access times.</summary>
    private void Touch(string path)
    {
        try
        {
            File.SetLastAccessTimeUtc(path, time.GetUtcNow().UtcDateTime);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was removed meanwhile, or belongs to a read-only image: then its age does not matter.
        }
    }

    private void Warn(Exception exception)
    {
        // Once: a full or read-only disk would otherwise say so with each blob.
        if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
            ClientLog.CacheUnusable(log, directory!, exception);
    }
}
