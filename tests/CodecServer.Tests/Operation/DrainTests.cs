using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Health.V1;
using V1 = Codec.V1;

namespace CodecServer.Tests.Operation;

public sealed class DrainTests
{
    private static readonly ModelPackage Package = SmallModel.Create();

    [Fact]
    public async Task StopAsync_OpenStreams_EndWithUnavailable()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(Package);
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        using AsyncServerStreamingCall<V1.SubscribeResponse> subscribe = server.Channels.Subscribe(
            new() { Channel = "faces", Now = true },
            Rpc.Options
        );
        using AsyncServerStreamingCall<V1.WatchModelsResponse> watch = server.Models.WatchModels(new(), Rpc.Options);
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> encode = server.Codec.EncodeStream(Rpc.Options);
        using AsyncDuplexStreamingCall<V1.DecodeRequest, V1.DecodeResponse> decode = server.Codec.DecodeStream(Rpc.Options);
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> publish = server.Channels.Publish(Rpc.Options);
        using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> upload = server.Models.UploadBlob(Rpc.Options);
        await subscribe.ResponseHeadersAsync;
        await watch.ResponseStream.NextAsync();
        await encode.RequestStream.SendAsync(new() { Model = "small-8", Image = Publishing.ToImage(SmallModel.Image(1)) });
        await encode.ResponseStream.NextAsync();
        await publish.RequestStream.SendAsync(
            new()
            {
                Header = new() { Channel = "faces", Model = "small-8" },
            }
        );
        await publish.ResponseStream.NextAsync();

        await subscribe.PositionAsync();

        // Each call is being read when the server stops, as clients do: an unread status can be lost with its connection.
        (string Stream, Task Ending)[] endings =
        [
            ("subscribe", subscribe.ResponseStream.NextAsync()),
            ("watch", watch.ResponseStream.NextAsync()),
            ("encode", encode.ResponseStream.NextAsync()),
            ("decode", decode.ResponseStream.NextAsync()),
            ("publish", publish.ResponseStream.NextAsync()),
            ("upload", upload.ResponseAsync),
        ];
        await server.StopAsync();

        var statuses = new List<(string, StatusCode)>();
        foreach ((string stream, Task ending) in endings)
            statuses.Add((stream, (await Assert.ThrowsAsync<RpcException>(() => ending)).StatusCode));

        Assert.Equal(endings.Select(ending => (ending.Stream, StatusCode.Unavailable)), statuses);
    }

    [Fact]
    public async Task StopAsync_AcknowledgedItems_AreInTheLogAfterwards()
    {
        using var directory = new TemporaryDirectory();
        int acknowledged = 0;
        await using (TestServer server = await TestServer.StartAsync([], directory.Path))
        {
            await server.PublishAsync(Package);
            await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
            using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> publish = server.Channels.Publish(Rpc.Options);
            await publish.RequestStream.SendAsync(
                new()
                {
                    Header = new() { Channel = "faces", Model = "small-8" },
                }
            );
            await publish.ResponseStream.NextAsync();
            for (int i = 0; i < 30; i++)
                await publish.RequestStream.SendAsync(new() { Image = Publishing.ToImage(SmallModel.Image(i)) });

            await publish.ResponseStream.NextAsync();
            acknowledged++;
            Task stopping = server.StopAsync();
            await Assert.ThrowsAsync<RpcException>(async () =>
            {
                while (true)
                {
                    await publish.ResponseStream.NextAsync();
                    acknowledged++;
                }
            });
            await stopping;
        }

        await using TestServer again = await TestServer.StartAsync([], directory.Path);
        V1.ChannelInfo channel = Assert.Single((await again.Channels.ListChannelsAsync(new(), Rpc.Options)).Channels);
        Assert.InRange(channel.NextSequence, acknowledged + 1, 31);
    }

    [Fact]
    public async Task Health_FollowsReadinessAndDraining()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncServerStreamingCall<HealthCheckResponse> watch = server.Health.Watch(new HealthCheckRequest(), Rpc.Options);
        HealthCheckResponse state;
        do
        {
            state = await watch.ResponseStream.NextAsync();
        } while (state.Status != HealthCheckResponse.Types.ServingStatus.Serving);

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await server.Health.CheckAsync(new(), Rpc.Options)).Status);
        await server.StopAsync();

        // The last message of the watch is NotServing; then it ends.
        HealthCheckResponse.Types.ServingStatus last = state.Status;
        try
        {
            while (await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
                last = watch.ResponseStream.Current.Status;
        }
        catch (RpcException exception)
        {
            Assert.Contains(exception.StatusCode, new[] { StatusCode.Unavailable, StatusCode.Cancelled });
        }

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, last);
    }
}
