using Codec.Models;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Infrastructure;

/// <summary>Uploads and downloads blobs as a client does.</summary>
internal static class Blobs
{
    public const int ChunkSize = 64 << 10;

    /// <summary>Returns pseudorandom bytes that are the same in each run.</summary>
    public static byte[] Random(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static V1.BlobRef Ref(byte[] bytes) => new() { Digest = Digest.Of(bytes).Hex, Size = bytes.Length };

    /// <summary>Uploads part of a blob, or all of it.</summary>
    /// <param name="client">The server.</param>
    /// <param name="blob">The blob as declared.</param>
    /// <param name="bytes">The blob's bytes.</param>
    /// <param name="offset">Where to begin.</param>
    /// <param name="end">Where to stop; null for the end of <paramref name="bytes"/>.</param>
    public static async Task<V1.UploadBlobResponse> UploadAsync(
        this V1.ModelService.ModelServiceClient client,
        V1.BlobRef blob,
        byte[] bytes,
        int offset = 0,
        int? end = null
    )
    {
        using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> call = client.UploadBlob(Rpc.Options);
        try
        {
            await call.RequestStream.SendAsync(
                new()
                {
                    Header = new() { Blob = blob, Offset = offset },
                }
            );
            for (int at = offset; at < (end ?? bytes.Length); at += ChunkSize)
            {
                int length = Math.Min(ChunkSize, (end ?? bytes.Length) - at);
                await call.RequestStream.SendAsync(new() { Chunk = ByteString.CopyFrom(bytes, at, length) });
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The server ended the call during the writing; awaiting the response throws the reason.
        }

        return await call.ResponseAsync;
    }

    public static Task<V1.UploadBlobResponse> UploadAsync(this V1.ModelService.ModelServiceClient client, byte[] bytes) =>
        client.UploadAsync(Ref(bytes), bytes);

    public static async Task<byte[]> DownloadAsync(this V1.ModelService.ModelServiceClient client, string digest, long offset = 0)
    {
        using AsyncServerStreamingCall<V1.DownloadBlobResponse> call = client.DownloadBlob(
            new() { Digest = digest, Offset = offset },
            Rpc.Options
        );
        using var bytes = new MemoryStream();
        long size = -1;
        await foreach (V1.DownloadBlobResponse response in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(response.Chunk.Length <= ChunkSize);
            size = size < 0 ? response.Size : size;
            response.Chunk.WriteTo(bytes);
        }

        Assert.Equal(size - offset, bytes.Length);
        return bytes.ToArray();
    }
}
