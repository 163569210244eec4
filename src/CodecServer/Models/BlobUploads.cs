using Codec.Models;
using Codec.Server.Limits;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Models;

/// <summary>A part of an upload: one header, then chunks.</summary>
internal abstract record UploadPart;

/// <summary>Begins an upload.</summary>
/// <param name="Blob">The blob, with the size that it will have.</param>
/// <param name="Offset">Position of the first chunk: the committed size.</param>
internal sealed record UploadHeader(BlobEntry Blob, long Offset) : UploadPart;

/// <summary>Continues an upload.</summary>
/// <param name="Bytes">The next bytes; borrowed until the next part is requested.</param>
internal sealed record UploadChunk(ReadOnlyMemory<byte> Bytes) : UploadPart;

/// <summary>Receives uploads: a bounded number at a time and for each caller, each ended when it makes no progress.</summary>
internal sealed class BlobUploads(IBlobStore blobs, ServerLimits limits, IOptions<StoreOptions> options, TimeProvider time)
{
    /// <summary>Maximum number of bytes of a chunk; stays below the large-object heap's threshold of 85,000 bytes.</summary>
    public const int MaxChunk = 64 << 10;

    /// <summary>
    /// Bytes that must arrive in each period of UploadIdleSeconds: 2 KiB/s by default. Messages without bytes are no progress.
    /// </summary>
    private const int ProgressBytes = 64 << 10;

    /// <summary>Receives one upload.</summary>
    /// <param name="payer">Who uploads.</param>
    /// <param name="upload">A header, then chunks.</param>
    /// <param name="cancellationToken">Ends the upload; the bytes received so far are kept.</param>
    /// <exception cref="RequestException">As IBlobStore.AppendAsync; also Aborted: too few bytes arrived.</exception>
    public async Task<BlobState> ReceiveAsync(Payer payer, IAsyncEnumerable<UploadPart> upload, CancellationToken cancellationToken)
    {
        using IDisposable place = await limits.Uploads.TakeAsync(payer, 1, TimeSpan.Zero, cancellationToken);
        TimeSpan period = TimeSpan.FromSeconds(options.Value.UploadIdleSeconds);
        using var idle = new CancellationTokenSource(period, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
        try
        {
            await using IAsyncEnumerator<UploadPart> parts = upload.GetAsyncEnumerator(end.Token);
            if (!await parts.MoveNextAsync() || parts.Current is not UploadHeader header)
                throw RequestException.Invalid("part", "an upload begins with a header.");

            idle.CancelAfter(period);
            return await blobs.AppendAsync(header.Blob, header.Offset, ChunksAsync(parts, () => idle.CancelAfter(period)), end.Token);
        }
        catch (OperationCanceledException) when (idle.IsCancellationRequested)
        {
            throw new RequestException(
                RequestError.Aborted,
                "UPLOAD_IDLE",
                $"Fewer than {ProgressBytes} bytes arrived in {options.Value.UploadIdleSeconds} s; query the blob and continue at its committed size."
            );
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(IAsyncEnumerator<UploadPart> parts, Action progressed)
    {
        int arrived = 0;
        while (await parts.MoveNextAsync())
        {
            arrived += (parts.Current as UploadChunk)?.Bytes.Length ?? 0;
            if (arrived >= ProgressBytes)
            {
                arrived = 0;
                progressed();
            }

            yield return parts.Current is not UploadChunk chunk
                ? throw RequestException.Invalid("part", "only chunks may follow the header.")
            : chunk.Bytes.Length <= MaxChunk ? chunk.Bytes
            : throw RequestException.Invalid("chunk", $"{chunk.Bytes.Length} bytes; at most {MaxChunk} are allowed.");
        }
    }
}
