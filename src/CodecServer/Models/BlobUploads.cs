using System.Runtime.CompilerServices;
using Codec.Server.Coding;
using Codec.Server.Options;
using Codec.Server.Services;
using Codec.Server.Stores;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Codec.Server.Models;

/// <summary>Receives uploads: a bounded number at a time, none silent for too long.</summary>
internal sealed class BlobUploads(IBlobStore blobs, IOptions<StoreOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Most bytes of a chunk; below the large-object heap's 85,000.</summary>
    private const int MaxChunk = 64 << 10;

    private readonly AdmissionGate _gate = new("The set of uploads", options.Value.MaxUploads);

    /// <summary>Receives one upload.</summary>
    /// <param name="requests">A header, then chunks.</param>
    /// <param name="cancellationToken">Ends it; what came stays.</param>
    /// <exception cref="RequestException">As IBlobStore.AppendAsync; Aborted also where the sender was silent for too long.</exception>
    public async Task<BlobState> ReceiveAsync(IAsyncStreamReader<V1.UploadBlobRequest> requests, CancellationToken cancellationToken)
    {
        using IDisposable place = await _gate.EnterAsync(wait: false, cancellationToken);
        using var idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, idle.Token);
        try
        {
            if (!await NextAsync(requests, idle, end.Token) || requests.Current.Header is not { } header)
            {
                throw RequestException.Invalid("part", "an upload begins with a header.");
            }

            return await blobs.AppendAsync(Require.Blob(header.Blob), header.Offset, ChunksAsync(requests, idle, end.Token), end.Token);
        }
        catch (OperationCanceledException) when (idle.IsCancellationRequested)
        {
            throw new RequestException(
                RequestError.Aborted,
                "UPLOAD_IDLE",
                $"Nothing came for {options.Value.UploadIdleSeconds} s; query the blob and go on from there."
            );
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(
        IAsyncStreamReader<V1.UploadBlobRequest> requests,
        CancellationTokenSource idle,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (await NextAsync(requests, idle, cancellationToken))
        {
            V1.UploadBlobRequest request = requests.Current;
            yield return request.PartCase != V1.UploadBlobRequest.PartOneofCase.Chunk
                ? throw RequestException.Invalid("part", "after the header come chunks.")
            : request.Chunk.Length <= MaxChunk ? request.Chunk.Memory
            : throw RequestException.Invalid("chunk", $"{request.Chunk.Length} bytes; at most {MaxChunk} are allowed.");
        }
    }

    private async Task<bool> NextAsync(
        IAsyncStreamReader<V1.UploadBlobRequest> requests,
        CancellationTokenSource idle,
        CancellationToken cancellationToken
    )
    {
        idle.CancelAfter(TimeSpan.FromSeconds(options.Value.UploadIdleSeconds));
        return await requests.MoveNext(cancellationToken);
    }
}
