using System.Buffers;
using Codec.Server.Stores;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>Uploads and downloads blobs.</summary>
internal sealed partial class ModelService
{
    private const int ChunkSize = 64 << 10;

    public override async Task<V1.QueryBlobResponse> QueryBlob(V1.QueryBlobRequest request, ServerCallContext context)
    {
        BlobState state = await blobs.QueryAsync(Require.Blob(request.Blob), context.CancellationToken);
        return new V1.QueryBlobResponse { CommittedSize = state.CommittedSize, Complete = state.Complete };
    }

    public override async Task<V1.UploadBlobResponse> UploadBlob(
        IAsyncStreamReader<V1.UploadBlobRequest> requestStream,
        ServerCallContext context
    )
    {
        using CancellationTokenSource end = context.LinkEnd(drain);
        BlobState state = await uploads.ReceiveAsync(
            requestStream.ReadAllAsync(end.Token).Select(ModelMessages.ToUploadPart),
            context.GetShareHolder(),
            end.Token
        );
        return new V1.UploadBlobResponse { CommittedSize = state.CommittedSize, Complete = state.Complete };
    }

    public override async Task DownloadBlob(
        V1.DownloadBlobRequest request,
        IServerStreamWriter<V1.DownloadBlobResponse> responseStream,
        ServerCallContext context
    )
    {
        using CancellationTokenSource end = context.LinkEnd(drain);
        await using Stream blob = await blobs.OpenAsync(Require.Digest("digest", request.Digest), end.Token);
        if (request.Offset < 0 || request.Offset > blob.Length)
        {
            throw new RequestException(
                RequestError.OutOfRange,
                "WRONG_OFFSET",
                $"offset: {request.Offset}; the blob has {blob.Length} bytes."
            );
        }

        blob.Position = request.Offset;
        var response = new V1.DownloadBlobResponse { Size = blob.Length };
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            int read;
            do
            {
                // WriteAsync has serialized the message when it returns, so the next one can reuse the buffer.
                read = await blob.ReadAtLeastAsync(buffer.AsMemory(0, ChunkSize), ChunkSize, throwOnEndOfStream: false, end.Token);
                response.Chunk = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, read));
                await responseStream.WriteAsync(response, end.Token);
                response = new V1.DownloadBlobResponse();
            } while (read == ChunkSize && blob.Position < blob.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
