using System.Collections.Concurrent;
using System.Security.Cryptography;
using Codec.Models;
using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Stores blobs as files: <c>uploads/&lt;digest&gt;-&lt;size&gt;</c> while incomplete, <c>blobs/ab/&lt;digest&gt;</c> once complete. A
/// file's age counts from its last change.
/// </summary>
internal sealed partial class FileBlobStore(
    DataDirectory directory,
    DiskReserve reserve,
    IOptions<StoreOptions> options,
    TimeProvider time,
    ILogger<FileBlobStore> logger
) : IBlobStore, IDisposable
{
    private const int BufferSize = 64 << 10;

    // Each running upload → the size that was durable when it began. A wrong size that a caller declares blocks no other size.
    private readonly ConcurrentDictionary<BlobEntry, long> _uploads = new();

    private readonly FileChecks _checks = new(logger);

    private readonly BlobQuota _quota = new(
        options.Value.ModelQuotaBytes,
        () => DataDirectory.BytesIn(directory.Blobs) + DataDirectory.BytesIn(directory.Uploads)
    );

    public async Task<BlobState> QueryAsync(BlobEntry blob, CancellationToken cancellationToken) =>
        await FindAsync(blob.Digest, cancellationToken) is { } length ? new BlobState(length, Complete: true)
        : _uploads.TryGetValue(blob, out long committed) ? new BlobState(committed, Complete: false)
        : new BlobState(CommittedSize(blob), Complete: false);

    public async Task<BlobState> AppendAsync(
        BlobEntry blob,
        long offset,
        IAsyncEnumerable<ReadOnlyMemory<byte>> chunks,
        CancellationToken cancellationToken
    )
    {
        long limit = options.Value.MaxBlobBytes;
        if (blob.Size < 1 || blob.Size > limit)
            throw RequestException.Invalid("blob.size", $"{blob.Size} bytes; allowed are 1 to {limit}.");

        if (!reserve.AllowsWrites)
            throw DiskFull.ToRequestException();

        if (!_uploads.TryAdd(blob, CommittedSize(blob)))
        {
            throw new RequestException(
                RequestError.Aborted,
                "UPLOAD_UNDER_WAY",
                $"Another upload of {blob.Digest} is under way; query it and continue at its committed size."
            )
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        }

        try
        {
            // Read again: now no other upload of this blob can run.
            _uploads[blob] = CommittedSize(blob);
            long? whole = await FindAsync(blob.Digest, cancellationToken);
            RequireOffset(blob, offset, whole ?? _uploads[blob]);
            return whole is { } length
                ? new BlobState(length, Complete: true)
                : await AppendInQuotaAsync(blob, offset, chunks, cancellationToken);
        }
        catch (Exception exception) when (DiskFull.IsCauseOf(exception))
        {
            throw DiskFull.ToRequestException(exception);
        }
        finally
        {
            _uploads.TryRemove(blob, out _);
        }
    }

    public Task<Stream> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (_checks.IsDamaged(BlobPath(digest), digest))
        {
            throw new RequestException(
                RequestError.DataLoss,
                "BLOB_DAMAGED",
                $"The stored bytes of the blob {digest} no longer have this digest; upload the blob again."
            );
        }

        try
        {
            return Task.FromResult<Stream>(
                new FileStream(
                    BlobPath(digest),
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.Read | FileShare.Delete,
                    BufferSize,
                    useAsync: true
                )
            );
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw RequestException.NotFound("blob", digest.Hex);
        }
    }

    public Task DeleteAsync(Digest digest, CancellationToken cancellationToken)
    {
        string path = BlobPath(digest);
        if (new FileInfo(path) is { Exists: true, Length: var bytes })
        {
            File.Delete(path);
            _quota.Return(bytes);
            _checks.Forget(digest);
            DirectorySync.Sync(Path.GetDirectoryName(path)!);
        }

        return Task.CompletedTask;
    }

    private static void RequireOffset(BlobEntry blob, long offset, long committed)
    {
        if (offset != committed)
        {
            throw new RequestException(
                RequestError.OutOfRange,
                "WRONG_OFFSET",
                $"offset: {offset}; the server holds {committed} bytes of {blob.Digest}; continue at that size."
            )
            {
                Metadata = new Dictionary<string, string> { ["committed_size"] = $"{committed}" },
            };
        }

        if (committed > blob.Size)
            throw RequestException.Invalid("blob.size", $"{blob.Size} bytes; the server holds {committed} bytes of {blob.Digest} already.");
    }

    private async Task<BlobState> AppendInQuotaAsync(
        BlobEntry blob,
        long committed,
        IAsyncEnumerable<ReadOnlyMemory<byte>> chunks,
        CancellationToken cancellationToken
    )
    {
        _quota.Take(blob.Size - committed);
        bool isComplete = false;
        try
        {
            BlobState state = await AppendChunksAsync(blob, committed, chunks, cancellationToken);
            isComplete = state.Complete;
            return state;
        }
        finally
        {
            // Bytes with a wrong digest are deleted.
            if (!isComplete)
                _quota.Return(blob.Size - CommittedSize(blob));
        }
    }

    private async Task<BlobState> AppendChunksAsync(
        BlobEntry blob,
        long offset,
        IAsyncEnumerable<ReadOnlyMemory<byte>> chunks,
        CancellationToken cancellationToken
    )
    {
        string partial = UploadPath(blob);
        PrivateFiles.CreateFile(partial);
        await using (var file = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0, useAsync: true))
        {
            file.Position = offset;
            try
            {
                // Stops at the last byte, so that a sender that keeps its stream open is answered all the same.
                await using IAsyncEnumerator<ReadOnlyMemory<byte>> rest = chunks.GetAsyncEnumerator(cancellationToken);
                while (file.Position < blob.Size && await rest.MoveNextAsync())
                {
                    if (rest.Current.Length > blob.Size - file.Position)
                        throw RequestException.Invalid("chunk", $"the upload exceeds its declared size of {blob.Size} bytes.");

                    if (!reserve.HasRoomFor(rest.Current.Length))
                        throw DiskFull.NoRoom();

                    await file.WriteAsync(rest.Current, cancellationToken);
                }
            }
            finally
            {
                file.Flush(flushToDisk: true);
                File.SetLastWriteTimeUtc(file.SafeFileHandle, Now);
                DirectorySync.Sync(directory.Uploads);
            }

            if (file.Length < blob.Size)
                return new BlobState(file.Length, Complete: false);

            // Hashed from the file, not on the way in: the stored bytes count, and the upload may have come in several calls.
            file.Position = 0;
            Digest actual = Digest.FromBytes(await SHA256.HashDataAsync(file, CancellationToken.None));
            if (actual != blob.Digest)
            {
                File.Delete(partial);
                DirectorySync.Sync(directory.Uploads);
                throw new RequestException(
                    RequestError.DataLoss,
                    "WRONG_DIGEST",
                    $"The bytes have the digest {actual}, not {blob.Digest}; they are dropped. Upload the blob again from 0."
                );
            }
        }

        Publish(partial, BlobPath(blob.Digest));
        _checks.Passed(BlobPath(blob.Digest), blob.Digest);
        return new BlobState(blob.Size, Complete: true);
    }

    private void Publish(string partial, string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            PrivateFiles.CreateFolder(folder);
            DirectorySync.Sync(directory.Blobs);
        }

        // A damaged blob is replaced.
        if (new FileInfo(path) is { Exists: true, Length: var replaced })
            _quota.Return(replaced);

        File.Move(partial, path, overwrite: true);
        DirectorySync.Sync(folder);
        DirectorySync.Sync(directory.Uploads);
    }

    private long CommittedSize(BlobEntry blob) => new FileInfo(UploadPath(blob)) is { Exists: true } partial ? partial.Length : 0;

    private string BlobPath(Digest digest) => Path.Combine(directory.Blobs, digest.Hex[..2], digest.Hex);

    private string UploadPath(BlobEntry blob) => Path.Combine(directory.Uploads, $"{blob.Digest.Hex}-{blob.Size}");
}
