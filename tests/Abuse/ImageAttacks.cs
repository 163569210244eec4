using Codec.Tests.Shared;
using Codec.Tests.Shared.Wire;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Tests.Abuse;

/// <summary>Images that cost much more than their bytes, and images without end.</summary>
internal static class ImageAttacks
{
    private const int Width = 5800;
    private const int Height = 5700;
    private const string Encode = "/codec.v1.CodecService/Encode";

    public static AttackOnce SendPadded()
    {
        byte[] request = FileRequest(Bombs.PngWithChunk(64, "prVt", (20 << 20) - 4096));
        return (peer, end) => Task.WhenAll(Enumerable.Range(0, 40).Select(_ => peer.CallAsync(Encode, request, end)));
    }

    public static AttackOnce SendText() => Repeat(Bombs.PngWithChunk(1, "tEXt", 19 << 20));

    public static AttackOnce SendDeep(bool interlaced) => Repeat(Bombs.DeepPng(Width, Height, interlaced));

    public static AttackOnce SendProgressive() => Repeat(Bombs.ProgressiveJpeg(Width, Height));

    public static AttackOnce EncodeNoise()
    {
        const int Side = 512;
        V1.EncodeRequest[] requests =
        [
            .. Enumerable.Range(0, 4).Select(seed => PixelRequest("photos", Side, AbusedServer.Noise(Side, seed))),
        ];
        return (peer, end) => Task.WhenAll(requests.Select(request => StreamAsync(peer, request, end)));

        static async Task StreamAsync(Peer peer, V1.EncodeRequest request, CancellationToken end)
        {
            var codec = new V1.CodecService.CodecServiceClient(peer.Channel);
            using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = codec.EncodeStream(cancellationToken: end);
            Task reading = ReadAsync(call.ResponseStream, end);
            while (!reading.IsCompleted)
                await call.RequestStream.WriteAsync(request, end);
            await reading;
        }

        static async Task ReadAsync(IAsyncStreamReader<V1.EncodeResponse> codes, CancellationToken end)
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
    private static AttackOnce Repeat(byte[] file)
    {
        byte[] request = FileRequest(file);
        return async (peer, end) =>
        {
            while (true)
                await peer.CallAsync(Encode, request, end);
        };
    }

    private static byte[] FileRequest(byte[] file) =>
        RawCall.Frame(
            new V1.EncodeRequest
            {
                Model = "photos",
                Image = new() { File = UnsafeByteOperations.UnsafeWrap(file) },
            }.ToByteArray()
        );
}
