using Codec.Server.Limits;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>What one caller does to the others.</summary>
public sealed class FairnessTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Encode_WhileStreamsOfNoiseFillTheQueue_IsNotRefused()
    {
        await using TestServer server = await TestServer.StartAsync("--queue-length", "16");
        await server.PublishAsync(SmallGrid.Create());
        using GrpcChannel noisy = GrpcChannel.ForAddress(server.Address);
        var client = new V1.CodecService.CodecServiceClient(noisy);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task[] streams = [.. Enumerable.Range(0, 4).Select(seed => FloodAsync(client, SmallGrid.Image(256, 256, seed), end.Token))];
        ServerLimits limits = server.App.Services.GetRequiredService<ServerLimits>();
        await Waiting.UntilAsync(() => limits.StreamsInEncoderQueue.Waiting > 0, "The streams' part to fill", Ct);

        for (int i = 0; i < 20; i++)
            await server.Codec.EncodeAsync(GridRequest(SmallGrid.Image(32, 32, i), 32), Rpc.Options);

        // At any one moment the client may have no image on its way.
        await Waiting.UntilAsync(() => limits.StreamsInEncoderQueue.Waiting > 0, "The streams to fill their part still", Ct);
        await end.CancelAsync();
        await Task.WhenAll(streams);
    }

    [Fact]
    public async Task EncodeStreams_SilentAndEachOnAnotherVersion_HoldNoPlaceOfALiveModel()
    {
        await using TestServer server = await TestServer.StartAsync("--max-loaded", "2");
        await server.PublishAsync(SmallModel.Create("live-one"));
        var streams = new List<AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse>>();
        for (int i = 0; i < 4; i++)
        {
            await server.PublishAsync(SmallModel.Create($"other-{i}"), alias: "canary");
            AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
            streams.Add(call);
            await call.RequestStream.SendAsync(
                new()
                {
                    Model = $"other-{i}@canary",
                    Quality = 1,
                    Image = Publishing.ToImage(SmallModel.Image(i)),
                }
            );
            Assert.NotEmpty((await call.ResponseStream.NextAsync()).Code);
        }

        await server.Codec.EncodeAsync(new() { Model = "live-one", Image = Publishing.ToImage(SmallModel.Image(1)) }, Rpc.Options);
        foreach (AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call in streams)
        {
            await call.RequestStream.SendAsync(new() { Image = Publishing.ToImage(SmallModel.Image(9)) });
            Assert.NotEmpty((await call.ResponseStream.NextAsync()).Code);
            await call.RequestStream.CompleteAsync();
            call.Dispose();
        }
    }

    [Fact]
    public async Task Subscribe_StalledSubscribersOfLargeCodes_ShareABoundedRoomAndAreEndedWhileOthersRead()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        using var directory = new TemporaryDirectory();
        await using TestServer server = await TestServer.StartAsync(
            ["--subscriber-bytes", $"{8 << 20}"],
            directory.Path,
            configure: services => services.AddSingleton<TimeProvider>(time)
        );
        await server.PublishAsync(SmallModel.Create());
        await server.Channels.CreateChannelAsync(new() { Name = "large" }, Rpc.Options);
        IChannelLog log = server.App.Services.GetRequiredService<IChannelLog>();
        ChannelId channel = (await log.GetAsync("large", Ct)).Id;
        Codec.Models.Digest version = SmallModel.Create().Version;
        for (int i = 0; i < 3; i++)
            await log.AppendAsync(channel, Runs.Of(1, length: 1 << 20, version: version, seed: i), null, Ct);

        byte[] request = RawCall.Frame(new V1.SubscribeRequest { Channel = "large", Start = true }.ToByteArray());
        using var client = new HttpClient();
        OpenCall[] stalled =
        [
            .. Enumerable.Range(0, 20).Select(_ => new OpenCall(client, server.Address, "/codec.v1.ChannelService/Subscribe")),
        ];
        await Task.WhenAll(stalled.Select(call => call.SendAsync(request, isLast: true)));
        ServerLimits limits = server.App.Services.GetRequiredService<ServerLimits>();
        await Waiting.UntilAsync(() => limits.SubscriberFrames.Waiting == 19, "The subscribers' waits", Ct);
        Assert.InRange(limits.SubscriberFrames.Held, 1, 4 << 20);

        // Another connection reads meanwhile.
        using AsyncServerStreamingCall<V1.SubscribeResponse> reader = server.Channels.Subscribe(
            new() { Channel = "large", Start = true },
            Rpc.Options
        );
        int frames = 0;
        while (frames < 3)
            frames += (await reader.ResponseStream.NextAsync()).PartCase == V1.SubscribeResponse.PartOneofCase.Frame ? 1 : 0;

        await time.AdvanceUntilAsync(() => limits.SubscriberFrames.Held + limits.SubscriberFrames.Waiting == 0);

        foreach (OpenCall call in stalled)
            call.Dispose();
    }

    [Fact]
    public async Task StartAsync_MaxStreamsPerConnection_IsAnnouncedToClients()
    {
        await using TestServer server = await TestServer.StartAsync("--max-streams-per-connection", "2");
        using var oneConnection = new SocketsHttpHandler { EnableMultipleHttp2Connections = false };
        using GrpcChannel channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions { HttpHandler = oneConnection });
        var models = new V1.ModelService.ModelServiceClient(channel);
        await models.ListModelsAsync(new(), Rpc.Options);
        using AsyncServerStreamingCall<V1.WatchModelsResponse> first = models.WatchModels(new(), Rpc.Options);
        using AsyncServerStreamingCall<V1.WatchModelsResponse> second = models.WatchModels(new(), Rpc.Options);
        await Task.WhenAll(first.ResponseHeadersAsync, second.ResponseHeadersAsync);

        Task<V1.ListModelsResponse> third = models.ListModelsAsync(new(), Rpc.Options).ResponseAsync;
        await server.Models.ListModelsAsync(new(), Rpc.Options);
        Assert.False(third.IsCompleted);
        second.Dispose();
        await third;
        Assert.Equal(100, new LimitOptions().MaxStreamsPerConnection);
    }

    private static V1.EncodeRequest GridRequest(byte[] samples, int side) =>
        new()
        {
            Model = "small-grid",
            Image = new()
            {
                Pixels = new()
                {
                    Width = side,
                    Height = side,
                    Channels = 3,
                    Data = ByteString.CopyFrom(samples),
                },
            },
        };

    /// <summary>Sends images as fast as they are taken, and reads the codes, until the end.</summary>
    private static async Task FloodAsync(V1.CodecService.CodecServiceClient client, byte[] samples, CancellationToken end)
    {
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = client.EncodeStream(cancellationToken: end);
        V1.EncodeRequest request = GridRequest(samples, 256);
        try
        {
            await Task.WhenAll(
                Task.Run(
                    async () =>
                    {
                        while (true)
                            await call.RequestStream.WriteAsync(request, end);
                    },
                    end
                ),
                call.ResponseStream.CollectAsync()
            );
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException && end.IsCancellationRequested)
        {
            // The test ended it.
        }
    }
}
