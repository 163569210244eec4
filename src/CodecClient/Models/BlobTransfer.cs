using Codec.Client.Transport;
using Codec.Models;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Client.Models;

/// <summary>Downloads and uploads blobs in chunks; after a lost connection a transfer resumes at the byte where it stopped.</summary>
internal sealed class BlobTransfer(ServiceConnection connection)
{
    /// <summary>The protocol's bound on a chunk.</summary>
    private const int ChunkBytes = 64 << 10;

    /// <summary>Bytes allocated before the first byte arrives: a manifest may declare half a gigabyte.</summary>
    private const int InitialBytes = 1 << 20;

    /// <summary>Downloads a blob and verifies it.</summary>
    /// <exception cref="CorruptDataException">
    /// The received bytes do not have the size or digest that the manifest lists; they are discarded.
    /// </exception>
    public async Task<byte[]> DownloadAsync(BlobEntry blob, CancellationToken cancellationToken)
    {
        string operation = $"download the blob {blob.Digest}";
        byte[] bytes = new byte[Math.Min(blob.Size, InitialBytes)];
        int received = 0;
        Backoff backoff = connection.StartBackoff();
        await connection.PersistAsync(operation, backoff, ReceiveAsync, cancellationToken).ConfigureAwait(false);
        if (received != blob.Size)
            throw new CorruptDataException($"The server sent {received} bytes of the blob {blob.Digest}; the manifest lists {blob.Size}.");
        Array.Resize(ref bytes, received);
        if (Digest.Of(bytes) is var actual && actual != blob.Digest)
            throw new CorruptDataException($"The server sent bytes with the digest {actual} for the blob {blob.Digest}; they are dropped.");
        ClientLog.Fetched(connection.Log, blob.Digest, blob.Size);
        return bytes;

        async Task<bool> ReceiveAsync(CancellationToken token)
        {
            using Stall stall = connection.StartStall(operation, backoff.Left, token);
            return await stall
                .GuardAsync(async guarded =>
                {
                    var request = new V1.DownloadBlobRequest { Digest = blob.Digest.Hex, Offset = received };
                    using AsyncServerStreamingCall<V1.DownloadBlobResponse> call = connection.Models.DownloadBlob(
                        request,
                        cancellationToken: guarded
                    );
                    while (await call.MoveNextAsync(guarded).ConfigureAwait(false))
                    {
                        // Empty chunks do not count as progress: a server could keep the download alive forever with them.
                        if (call.ResponseStream.Current.Chunk.IsEmpty)
                            continue;
                        Append(call.ResponseStream.Current.Chunk.Span);
                        stall.Progress();
                        backoff.Succeeded();
                    }

                    return true;
                })
                .ConfigureAwait(false);
        }

        void Append(ReadOnlySpan<byte> chunk)
        {
            if (chunk.Length > blob.Size - received)
            {
                throw new CorruptDataException(
                    $"The server sent more than the {blob.Size} bytes that the manifest lists for the blob {blob.Digest}."
                );
            }

            if (chunk.Length > bytes.Length - received)
                Array.Resize(ref bytes, (int)Math.Min(blob.Size, Math.Max(2L * bytes.Length, received + chunk.Length)));
            chunk.CopyTo(bytes.AsSpan(received));
            received += chunk.Length;
        }
    }

    /// <summary>Uploads a blob, starting after the bytes that the server already has.</summary>
    /// <param name="blob">Its digest and size.</param>
    /// <param name="bytes">The bytes; null if the caller lacks them, which fails unless the server has the blob.</param>
    /// <param name="sent">Receives the number of bytes that the server has, as it grows.</param>
    /// <param name="cancellationToken">Stops the upload; the server keeps the sent bytes for the next one.</param>
    public Task UploadAsync(BlobEntry blob, ReadOnlyMemory<byte>? bytes, Action<long> sent, CancellationToken cancellationToken)
    {
        string operation = $"upload the blob {blob.Digest}";
        Backoff backoff = connection.StartBackoff();
        long furthest = -1;
        return connection.PersistAsync(operation, backoff, AttemptAsync, cancellationToken);

        async Task<bool> AttemptAsync(CancellationToken token)
        {
            var reference = new V1.BlobRef { Digest = blob.Digest.Hex, Size = blob.Size };
            V1.QueryBlobResponse state = await connection
                .CallAsync(
                    operation,
                    options => connection.Models.QueryBlobAsync(new V1.QueryBlobRequest { Blob = reference }, options),
                    // The upload itself is repeated: retries within each of its attempts would multiply.
                    repeatable: false,
                    cancellationToken: token
                )
                .ConfigureAwait(false);
            if (state.CommittedSize > furthest)
            {
                furthest = state.CommittedSize;
                backoff.Succeeded();
            }

            sent(state.Complete ? blob.Size : state.CommittedSize);
            if (state.Complete)
                return true;
            if (bytes is not { } content)
            {
                throw new InvalidRequestException(
                    StatusCode.FailedPrecondition,
                    $"The server lacks the blob {blob.Digest}, and the package does not contain it.",
                    null
                );
            }

            if (state.CommittedSize < 0 || state.CommittedSize > content.Length)
            {
                throw new CorruptDataException(
                    $"The server reports {state.CommittedSize} of the {content.Length} bytes of the blob {blob.Digest}."
                );
            }

            ClientLog.Uploading(connection.Log, blob.Digest, state.CommittedSize, blob.Size);
            await SendAsync(operation, reference, content[(int)state.CommittedSize..], state.CommittedSize, sent, token)
                .ConfigureAwait(false);
            return true;
        }
    }

    private async Task SendAsync(
        string operation,
        V1.BlobRef reference,
        ReadOnlyMemory<byte> rest,
        long offset,
        Action<long> sent,
        CancellationToken cancellationToken
    )
    {
        using Stall stall = connection.StartStall(operation, left: null, cancellationToken);
        await stall
            .GuardAsync(async token =>
            {
                using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> call = connection.Models.UploadBlob(
                    cancellationToken: token
                );
                try
                {
                    var header = new V1.UploadBlobRequest.Types.Header { Blob = reference, Offset = offset };
                    await call.RequestStream.WriteAsync(new V1.UploadBlobRequest { Header = header }, token).ConfigureAwait(false);
                    for (int position = 0; position < rest.Length; position += ChunkBytes)
                    {
                        ReadOnlyMemory<byte> chunk = rest[position..Math.Min(position + ChunkBytes, rest.Length)];
                        await call
                            .RequestStream.WriteAsync(new V1.UploadBlobRequest { Chunk = UnsafeByteOperations.UnsafeWrap(chunk) }, token)
                            .ConfigureAwait(false);
                        // Report the last bytes only after the server has answered.
                        if (position + chunk.Length < rest.Length)
                            sent(offset + position + chunk.Length);
                        stall.Progress();
                    }

                    await call.RequestStream.CompleteAsync().ConfigureAwait(false);
                }
                catch (Exception exception) when (exception.IsFailedWrite() && !token.IsCancellationRequested)
                {
                    // The server ended the call during the write; awaiting the response below throws its status.
                }

                V1.UploadBlobResponse response = await AnswerAsync(call, offset).ConfigureAwait(false);
                if (!response.Complete)
                {
                    throw new UnavailableException(StatusCode.Unavailable, $"The server stored only a part of the blob {reference.Digest}.")
                    {
                        IsTransient = true,
                    };
                }

                sent(reference.Size);
                return true;
            })
            .ConfigureAwait(false);
    }

    private static async Task<V1.UploadBlobResponse> AnswerAsync(
        AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> call,
        long offset
    )
    {
        try
        {
            return await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException exception) when (CanResume(exception.StatusCode, offset))
        {
            throw new UnavailableException(exception.StatusCode, exception.Status.Detail, exception) { IsTransient = true };
        }
    }

    /// <summary>Whether to query the server's committed size and resume from there.</summary>
    private static bool CanResume(StatusCode status, long offset) =>
        status switch
        {
            // Another upload of the same blob was faster, or an earlier stream's last chunk arrived after the query.
            StatusCode.OutOfRange => true,
            // Another upload is in progress, perhaps our own whose connection was lost; or this one stalled for too long.
            StatusCode.Aborted => true,
            // The server dropped damaged bytes. If this upload sent all of them, they would be refused again.
            StatusCode.DataLoss => offset > 0,
            _ => false,
        };
}
