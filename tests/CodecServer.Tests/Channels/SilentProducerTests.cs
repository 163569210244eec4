using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using V1 = Codec.V1;

namespace CodecServer.Tests.Channels;

public sealed class SilentProducerTests
{
    [Fact]
    public async Task Publish_TransientProducerIsSilentForAnHour_IsStillRemembered()
    {
        using var directory = new TemporaryDirectory();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using TestServer server = await TestServer.StartAsync(
            [],
            directory.Path,
            configure: services => services.AddSingleton<TimeProvider>(time)
        );
        await server.PublishAsync(SmallModel.Create());
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        await call.RequestStream.SendAsync(
            new()
            {
                Header = new()
                {
                    Channel = "faces",
                    Model = "small-8",
                    Quality = 1,
                    Producer = "guid",
                    TransientProducer = true,
                },
            }
        );
        await call.ResponseStream.NextAsync();
        IChannelLog log = server.App.Services.GetRequiredService<IChannelLog>();

        time.Advance(TimeSpan.FromHours(1));
        await log.SweepAsync(TestContext.Current.CancellationToken);

        await call.RequestStream.SendAsync(new() { Image = Publishing.ToImage(SmallModel.Image(1)), ProducerSequence = 1 });
        Assert.Equal(1, (await call.ResponseStream.NextAsync()).FirstSequence);
    }
}
