using Codec.Client.Tests.Infrastructure;
using Google.Protobuf.WellKnownTypes;

namespace Codec.Client.Tests.Channels;

public sealed class CreateChannelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<ChannelRetention, string> Mistakes =>
        new()
        {
            {
                new ChannelRetention { Codes = 0 },
                "1 or more"
            },
            {
                new ChannelRetention { Bytes = -1 },
                "1 or more"
            },
            {
                new ChannelRetention { Age = TimeSpan.FromMilliseconds(1500) },
                "whole seconds from 1 s to 3650 days"
            },
            {
                new ChannelRetention { Age = TimeSpan.Zero },
                "whole seconds from 1 s to 3650 days"
            },
            {
                new ChannelRetention { Age = ChannelRetention.MaxAge + TimeSpan.FromSeconds(1) },
                "whole seconds from 1 s to 3650 days"
            },
        };

    [Fact]
    public async Task CreateChannel_Retention_RoundTrips()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        V1.CreateChannelRequest? asked = null;
        server.Channels.OnCreate = request =>
        {
            asked = request;
            return new V1.CreateChannelResponse
            {
                Channel = new V1.ChannelInfo
                {
                    Name = request.Name,
                    Retention = request.Retention,
                    FirstSequence = 3,
                    NextSequence = 9,
                    Codes = 6,
                    Bytes = 600,
                    CreatedAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch),
                },
            };
        };
        using CodecClient client = Clients.Create(server.Address);
        var retention = new ChannelRetention
        {
            Codes = 5,
            Age = TimeSpan.FromHours(1),
            Bytes = 1000,
            LatestOfEachKey = true,
        };
        ChannelInfo channel = await client.CreateChannelAsync("faces", retention, Token);
        var hour = Duration.FromTimeSpan(TimeSpan.FromHours(1));
        Assert.Equal(
            new V1.Retention
            {
                Codes = 5,
                Age = hour,
                Bytes = 1000,
                LatestOfEachKey = true,
            },
            asked!.Retention
        );
        Assert.Equal(new ChannelInfo("faces", retention, 3, 9, 6, 600, DateTimeOffset.UnixEpoch), channel);
        Assert.Equal(ChannelRetention.All, (await client.CreateChannelAsync("faces", cancellationToken: Token)).Retention);
    }

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public async Task CreateChannel_BoundOutsideItsRange_NamesTheAllowedRange(ChannelRetention retention, string allowed)
    {
        using var client = new CodecClient("http://127.0.0.1:1");
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => client.CreateChannelAsync("faces", retention, Token));
        Assert.Contains($"allowed: {allowed}", failure.Message, StringComparison.Ordinal);
    }
}
