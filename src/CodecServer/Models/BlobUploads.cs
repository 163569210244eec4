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

/// <summary>
/// Receives uploads: a bounded number at a time, a part of them from one caller, each ended when it brings too few bytes.
/// </summary>
internal sealed class BlobUploads(IBlobStore blobs, ServerLimits limits, IOptions<StoreOptions> options, TimeProvider time)
{
    /// <summary>Maximum number of bytes of a chunk; stays below the large-object heap's threshold of 85,000 bytes.</summary>
    public const int MaxChunk = 64 << 10;

    /// <summary>Bytes that renew an upload's time. Messages alone do not: empty ones would hold a place for nothing.</summary>
    private const int ProgressBytes = 64 << 10;

    /// <summary>Time that the end of a stream may take after its last byte.</summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(1);

    /// <summary>Receives one upload.</summary>
    /// <param name="upload">A header, then chunks.</param>
    /// <param name="caller">Whose share of the places the upload takes.</param>
    /// <param name="cancellationToken">Ends the upload; the bytes received so far are kept.</param>
    /// <exception cref="RequestException">
    /// As IBlobStore.AppendAsync; also Aborted: too few bytes arrived. ResourceExhausted: no place is free.
    /// </exception>
    public async Task<BlobState> ReceiveAsync(IAsyncEnumerable<UploadPart> upload, string caller, CancellationToken cancellationToken)
    {
        using IDisposable share = limits.UploadShares.Enter(caller);
        using IDisposable place = await limits.Uploads.EnterAsync(wait: false, cancellationToken);
        using var idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
        try
        {
            await using IAsyncEnumerator<UploadPart> parts = upload.GetAsyncEnumerator(end.Token);
            Renew(idle);
            if (!await parts.MoveNextAsync() || parts.Current is not UploadHeader header)
                throw RequestException.Invalid("part", "an upload begins with a header.");

            BlobState state = await blobs.AppendAsync(header.Blob, header.Offset, ChunksAsync(parts, idle), end.Token);
            await ReadToEndAsync(parts, idle);
            return state;
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

    /// <summary>
    /// Waits a moment for the end of a stream that has sent all its bytes. An answer before it makes HTTP/2 reset the stream; where the end
    /// crosses the reset, Kestrel closes the connection, and calls that have just begun on it are lost.
    /// </summary>
    private static async Task ReadToEndAsync(IAsyncEnumerator<UploadPart> parts, CancellationTokenSource idle)
    {
        try
        {
            idle.CancelAfter(EndTime);
            while (await parts.MoveNextAsync()) { }
        }
        catch (Exception)
        {
            // What follows the last byte, or does not, changes nothing: the blob is stored.
        }
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(IAsyncEnumerator<UploadPart> parts, CancellationTokenSource idle)
    {
        long arrived = 0;
        Renew(idle);
        while (await parts.MoveNextAsync())
        {
            UploadChunk chunk =
                parts.Current as UploadChunk ?? throw RequestException.Invalid("part", "only chunks may follow the header.");
            if (chunk.Bytes.Length > MaxChunk)
                throw RequestException.Invalid("chunk", $"{chunk.Bytes.Length} bytes; at most {MaxChunk} are allowed.");

            arrived += chunk.Bytes.Length;
            if (arrived >= ProgressBytes)
            {
                arrived = 0;
                Renew(idle);
            }

            yield return chunk.Bytes;
        }
    }

    private void Renew(CancellationTokenSource idle) => idle.CancelAfter(TimeSpan.FromSeconds(options.Value.UploadIdleSeconds));
}
