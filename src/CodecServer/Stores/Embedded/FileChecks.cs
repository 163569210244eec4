using System.Collections.Concurrent;
using System.Security.Cryptography;
using Codec.Models;

namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Reads each blob once, and remembers whether its bytes had its digest for as long as the file's length and time of change stay the same.
/// </summary>
internal sealed class FileChecks(ILogger logger) : IDisposable
{
    private readonly ConcurrentDictionary<Digest, Check> _checks = new();

    // One file at a time: callers that ask for the same large file must not read it many times at once.
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Whether the file exists and its bytes have the digest; reads it if it has changed since it was last read.</summary>
    public async Task<bool> IsIntactAsync(string path, Digest digest, CancellationToken cancellationToken)
    {
        if (Stamp.Of(path) is not { } stamp)
            return false;

        if (_checks.TryGetValue(digest, out Check known) && known.Stamp == stamp)
            return known.IsIntact;

        await _turn.WaitAsync(cancellationToken);
        try
        {
            stamp = Stamp.Of(path) ?? default;
            if (_checks.TryGetValue(digest, out known) && known.Stamp == stamp)
                return known.IsIntact;

            bool isIntact = await HasDigestAsync(path, digest, cancellationToken);
            _checks[digest] = new Check(stamp, isIntact);
            if (!isIntact)
                ServerLog.BlobDamaged(logger, digest.Hex, path);

            return isIntact;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Whether the file as it is now was read and did not have the digest.</summary>
    public bool IsDamaged(string path, Digest digest) =>
        _checks.TryGetValue(digest, out Check known) && !known.IsIntact && known.Stamp == Stamp.Of(path);

    /// <summary>Records that the file as it is now has the digest.</summary>
    public void Passed(string path, Digest digest)
    {
        if (Stamp.Of(path) is { } stamp)
            _checks[digest] = new Check(stamp, IsIntact: true);
    }

    /// <summary>Forgets what is known of a file.</summary>
    public void Forget(Digest digest) => _checks.TryRemove(digest, out _);

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>Reads a file; returns whether its bytes have the digest.</summary>
    public static async Task<bool> HasDigestAsync(string path, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read | FileShare.Delete,
                bufferSize: 0,
                useAsync: true
            );
            return Digest.FromBytes(await SHA256.HashDataAsync(file, cancellationToken)) == digest;
        }
        catch (IOException)
        {
            // Deleted meanwhile, or its sectors cannot be read.
            return false;
        }
    }

    private readonly record struct Stamp(long Length, DateTime ChangedAt)
    {
        public static Stamp? Of(string path) =>
            new FileInfo(path) is { Exists: true } file ? new Stamp(file.Length, file.LastWriteTimeUtc) : null;
    }

    private readonly record struct Check(Stamp Stamp, bool IsIntact);
}
