using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Wire;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Bench.Abuse;

/// <summary>
/// What peers do to make a server hold memory or refuse others, each again and again until the end. A failed call is what an attacker
/// expects. Each attack has an address of its own.
/// </summary>
internal sealed class Attacks(Uri address, CodecModel photos, CancellationToken end)
{
    /// <summary>How long calls that stall are kept open: the server ends them itself, and this is longer than its patience.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(20);

    /// <summary>The attacks, by what they do.</summary>
    public IReadOnlyList<(string Name, Func<AbuseClient, Task> RunAsync)> All =>
        [
            ("100 declared messages of 24 MiB that lack a byte", DeclareAsync),
            ("10 streams of decoded images that are not read", DecodeUnreadAsync),
            ("40 files of 20 MB with 64×64 pixels", SendLargeFilesAsync),
            ("33-megapixel files of 16 bits, one after the other", file => SendFileAsync(file, Bombs.Deep(5800, 5700, interlaced: false))),
            ("33-megapixel files, interlaced", file => SendFileAsync(file, Bombs.Deep(5800, 5700, interlaced: true))),
            ("30 stalled subscribers of large codes", SubscribeUnreadAsync),
            ("16 idle streams, each on another version", IdleOnVersionsAsync),
            ("16 uploads with empty chunks", UploadNothingAsync),
            ("4 streams of noise", EncodeNoiseAsync),
            ("files of 1×1 pixel with 19 MiB of text", file => SendFileAsync(file, Bombs.WithChunk(1, "tEXt", 19 << 20))),
            ("aliases without end", SetAliasesAsync),
            ("a connection full of streams, and a body that stalls", FillConnectionAsync),
        ];

    /// <summary>Runs one attack until the end.</summary>
    public async Task RunAsync(Func<AbuseClient, Task> attack, string from)
    {
        while (!end.IsCancellationRequested)
        {
            using var client = new AbuseClient(address, from);
            try
            {
                await attack(client);
            }
            catch (Exception exception)
                when (exception is RpcException or OperationCanceledException or IOException or HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            }
        }
    }

    private async Task DeclareAsync(AbuseClient client)
    {
        byte[] most = [.. RawCall.Frame(new byte[24 << 20]).AsSpan(..^1)];
        await HoldAsync([.. Enumerable.Range(0, 90).Select(_ => client.Begin("/codec.v1.ModelService/ListModels", most))]);
    }

    private async Task DecodeUnreadAsync(AbuseClient client)
    {
        const int Side = 1100;
        byte[] code = photos.Encode(new byte[Side * Side * 3], Side, Side, 0);
        var request = new V1.DecodeRequest { Model = "photos", Frame = ByteString.CopyFrom(CodeFrame.Write(0, [code])) };
        await HoldAsync([.. Enumerable.Range(0, 10).Select(_ => client.Begin("/codec.v1.CodecService/DecodeStream", request, copies: 80))]);
    }

    private async Task SendLargeFilesAsync(AbuseClient client)
    {
        byte[] file = Bombs.WithChunk(64, "prVt", (20 << 20) - 4096);
        var codec = new V1.CodecService.CodecServiceClient(client.Channel);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => codec.EncodeAsync(FileRequest(file), cancellationToken: end).ResponseAsync));
    }

    private async Task SendFileAsync(AbuseClient client, byte[] file)
    {
        var codec = new V1.CodecService.CodecServiceClient(client.Channel);
        while (true)
            await codec.EncodeAsync(FileRequest(file), cancellationToken: end);
    }

    private async Task SubscribeUnreadAsync(AbuseClient client) =>
        await HoldAsync([
            .. Enumerable
                .Range(0, 30)
                .Select(_ =>
                    client.Begin("/codec.v1.ChannelService/Subscribe", new V1.SubscribeRequest { Channel = "large", Start = true })
                ),
        ]);

    private async Task IdleOnVersionsAsync(AbuseClient client)
    {
        var codec = new V1.CodecService.CodecServiceClient(client.Channel);
        var streams = new List<AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse>>();
        try
        {
            for (int i = 0; i < AbuseSuite.Versions; i++)
            {
                streams.Add(codec.EncodeStream(cancellationToken: end));
                await streams[^1].RequestStream.WriteAsync(PixelRequest($"idle-{i}", SmallModel.Side, SmallModel.Image(i)), end);
            }

            await Task.Delay(Hold, end);
        }
        finally
        {
            streams.ForEach(stream => stream.Dispose());
        }
    }

    private async Task UploadNothingAsync(AbuseClient client)
    {
        var models = new V1.ModelService.ModelServiceClient(client.Channel);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(UploadAsync));

        async Task UploadAsync(int i)
        {
            using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> call = models.UploadBlob(cancellationToken: end);
            var blob = new V1.BlobRef { Digest = Digest.Of([(byte)i]).Hex, Size = 1 << 20 };
            await call.RequestStream.WriteAsync(new() { Header = new() { Blob = blob } }, end);
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(8), end);
                await call.RequestStream.WriteAsync(new() { Chunk = ByteString.Empty }, end);
            }
        }
    }

    private async Task EncodeNoiseAsync(AbuseClient client)
    {
        var codec = new V1.CodecService.CodecServiceClient(client.Channel);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(StreamAsync));

        async Task StreamAsync(int seed)
        {
            const int Side = 512;
            using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = codec.EncodeStream(cancellationToken: end);
            V1.EncodeRequest request = PixelRequest("photos", Side, Noise(Side, seed));
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

    private async Task SetAliasesAsync(AbuseClient client)
    {
        var models = new V1.ModelService.ModelServiceClient(client.Channel);
        string digest = (await models.ListModelsAsync(new(), cancellationToken: end))
            .Models.Single(model => model.Name == "idle-0")
            .Aliases[0]
            .Digest;
        for (int i = 0; ; i++)
        {
            try
            {
                await models.SetAliasAsync(
                    new()
                    {
                        Model = "idle-0",
                        Name = $"alias-{i}",
                        Digest = digest,
                    },
                    cancellationToken: end
                );
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
            {
                // As many as a model may have.
                await Task.Delay(TimeSpan.FromMilliseconds(5), end);
            }
        }
    }

    private async Task FillConnectionAsync(AbuseClient client) =>
        await HoldAsync([
            .. Enumerable
                .Range(0, 99)
                .Select(_ => client.Begin("/codec.v1.ChannelService/Subscribe", new V1.SubscribeRequest { Channel = "small" })),
            client.Begin("/codec.v1.CodecService/Encode", RawCall.Frame(new byte[1000])[..500]),
        ]);

    private async Task HoldAsync(OpenCall[] calls)
    {
        try
        {
            await Task.Delay(Hold, end);
        }
        finally
        {
            Array.ForEach(calls, call => call.Dispose());
        }
    }

    public static byte[] Noise(int side, int seed)
    {
        var samples = new byte[side * side * 3];
        new Random(seed).NextBytes(samples);
        return samples;
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

    private static V1.EncodeRequest FileRequest(byte[] file) =>
        new()
        {
            Model = "photos",
            Image = new() { File = UnsafeByteOperations.UnsafeWrap(file) },
        };
}
