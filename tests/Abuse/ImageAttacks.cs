using Codec.Tests.Shared;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Tests.Abuse;

/// <summary>Images that cost much more than their bytes, and images without end.</summary>
internal static class ImageAttacks
{
    private const int Width = 5800;
    private const int Height = 5700;

    public static async Task SendPaddedAsync(Peer peer, CancellationToken end)
    {
        byte[] file = Bombs.PngWithChunk(64, "prVt", (20 << 20) - 4096);
        var codec = new V1.CodecService.CodecServiceClient(peer.Channel);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => codec.EncodeAsync(FileRequest(file), cancellationToken: end).ResponseAsync));
    }

    public static Task SendTextAsync(Peer peer, CancellationToken end) => SendAsync(peer, Bombs.PngWithChunk(1, "tEXt", 19 << 20), end);

    public static Task SendDeepAsync(Peer peer, CancellationToken end) =>
        SendAsync(peer, Bombs.DeepPng(Width, Height, interlaced: false), end);

    public static Task SendInterlacedAsync(Peer peer, CancellationToken end) =>
        SendAsync(peer, Bombs.DeepPng(Width, Height, interlaced: true), end);

    public static Task SendProgressiveAsync(Peer peer, CancellationToken end) => SendAsync(peer, Bombs.ProgressiveJpeg(Width, Height), end);

    public static async Task EncodeNoiseAsync(Peer peer, CancellationToken end)
    {
        var codec = new V1.CodecService.CodecServiceClient(peer.Channel);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(StreamAsync));

        async Task StreamAsync(int seed)
        {
            const int Side = 512;
            using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = codec.EncodeStream(cancellationToken: end);
            V1.EncodeRequest request = PixelRequest("photos", Side, AbusedServer.Noise(Side, seed));
            Task reading = ReadAsync(call.ResponseStream);
            while (!reading.IsCompleted)
                await call.RequestStream.WriteAsync(request, end);
            await reading;
        }

        async Task ReadAsync(IAsyncStreamReader<V1.EncodeResponse> codes)
        {
            while (await codes.MoveNext(end)) { }
        }
    }

    public static V1.EncodeRequest PixelRequest(string model, int side, byte[] samples) =>
        new()
        {
            Model = model,
            Image = new()
            {
                Pixels = new()
                {
                    Width = side,
                    Height = side,
                    Channels = 3,
                    Data = UnsafeByteOperations.UnsafeWrap(samples),
                },
            },
        };

    /// <summary>Sends a file again and again, one after the other.</summary>
    private static async Task SendAsync(Peer peer, byte[] file, CancellationToken end)
    {
        var codec = new V1.CodecService.CodecServiceClient(peer.Channel);
        while (true)
            await codec.EncodeAsync(FileRequest(file), cancellationToken: end);
    }

    private static V1.EncodeRequest FileRequest(byte[] file) =>
        new()
        {
            Model = "photos",
            Image = new() { File = UnsafeByteOperations.UnsafeWrap(file) },
        };
}
