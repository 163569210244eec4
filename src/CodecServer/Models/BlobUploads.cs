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

/// <summary>Receives uploads: a bounded number at a time, each ended when its sender is silent for too long.</summary>
internal sealed class BlobUploads(IBlobStore blobs, ServerLimits limits, IOptions<StoreOptions> options, TimeProvider time)
{
    /// <summary>Maximum number of bytes of a chunk; stays below the large-object heap's threshold of 85,000 bytes.</summary>
    private const int MaxChunk = 64 << 10;

    /// <summary>Receives one upload.</summary>
    /// <param name="upload">A header, then chunks.</param>
    /// <param name="cancellationToken">Ends the upload; the bytes received so far are kept.</param>
    /// <exception cref="RequestException">As IBlobStore.AppendAsync; also Aborted: the sender was silent for too long.</exception>
    public async Task<BlobState> ReceiveAsync(IAsyncEnumerable<UploadPart> upload, CancellationToken cancellationToken)
    {
        using IDisposable place = await limits.Uploads.EnterAsync(wait: false, cancellationToken);
        using var idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
        try
        {
            await using IAsyncEnumerator<UploadPart> parts = upload.GetAsyncEnumerator(end.Token);
            if (!await NextAsync(parts, idle) || parts.Current is not UploadHeader header)
                throw RequestException.Invalid("part", "an upload begins with a header.");

            return await blobs.AppendAsync(header.Blob, header.Offset, ChunksAsync(parts, idle), end.Token);
        }
        catch (OperationCanceledException) when (idle.IsCancellationRequested)
        {
            throw new RequestException(
                RequestError.Aborted,
                "UPLOAD_IDLE",
                $"Nothing arrived for {options.Value.UploadIdleSeconds} s; query the blob and continue at its committed size."
            );
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(IAsyncEnumerator<UploadPart> parts, CancellationTokenSource idle)
    {
        while (await NextAsync(parts, idle))
        {
            yield return parts.Current is not UploadChunk chunk
                ? throw RequestException.Invalid("part", "only chunks may follow the header.")
            : chunk.Bytes.Length <= MaxChunk ? chunk.Bytes
            : throw RequestException.Invalid("chunk", $"{chunk.Bytes.Length} bytes; at most {MaxChunk} are allowed.");
        }
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<UploadPart> parts, CancellationTokenSource idle)
    {
        idle.CancelAfter(TimeSpan.FromSeconds(options.Value.UploadIdleSeconds));
        return await parts.MoveNextAsync();
    }
}
