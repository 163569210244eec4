using Codec.Client.Tests.Infrastructure;
using Google.Protobuf.WellKnownTypes;

namespace Codec.Client.Tests.Channels;

public sealed class ChannelTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CreateChannel_Retention_IsSentAndReturned()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        V1.CreateChannelRequest? sent = null;
        server.Channels.OnCreate = request =>
        {
            sent = request;
            return new V1.CreateChannelResponse { Channel = Info(request.Name, request.Retention) };
        };
        using CodecClient client = Clients.Create(server.Address);
        var retention = new ChannelRetention
        {
            Codes = 100,
            Age = TimeSpan.FromHours(1),
            Bytes = 5000,
            LatestOfEachKey = true,
        };

        ChannelInfo channel = await client.CreateChannelAsync("c", retention, Token);

        Assert.Equal(new ChannelInfo("c", retention, FirstSequence: 3, NextSequence: 11, Codes: 8, Bytes: 900, Noon), channel);
        Assert.Equal("""{ "codes": "100", "age": "3600s", "bytes": "5000", "latestOfEachKey": true }""", sent!.Retention.ToString());
    }

    [Fact]
    public async Task CreateChannel_NoRetention_KeepsAll()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Channels.OnCreate = request => new V1.CreateChannelResponse { Channel = Info(request.Name, request.Retention) };
        using CodecClient client = Clients.Create(server.Address);
        Assert.Equal(new ChannelRetention(), (await client.CreateChannelAsync("c", cancellationToken: Token)).Retention);
    }

    [Fact]
    public async Task ListChannels_RetentionThatIsUnsetOrBeyondTheCalendar_HasNoBound()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Channels.OnList = () =>
            new V1.ListChannelsResponse
            {
                Channels = { Info("a", null), Info("b", new V1.Retention { Age = new Duration { Seconds = long.MaxValue } }) },
            };
        using CodecClient client = Clients.Create(server.Address);

        IReadOnlyList<ChannelInfo> channels = await client.ListChannelsAsync(Token);

        Assert.Equal(new ChannelRetention(), channels[0].Retention);
        Assert.Null(channels[1].Retention.Age);
    }

    public static TheoryData<ChannelRetention, string> WrongRetentions =>
        new()
        {
            {
                new ChannelRetention { Codes = -1 },
                "The option Codes is '-1'; allowed: 1 or more."
            },
            {
                new ChannelRetention { Bytes = -1 },
                "The option Bytes is '-1'; allowed: 1 or more."
            },
            {
                new ChannelRetention { Age = TimeSpan.FromSeconds(1.5) },
                "allowed: whole seconds from 1 s to 3650 days."
            },
            {
                new ChannelRetention { Age = TimeSpan.FromDays(3651) },
                "allowed: whole seconds from 1 s to 3650 days."
            },
        };

    [Theory]
    [MemberData(nameof(WrongRetentions), DisableDiscoveryEnumeration = true)]
    public async Task CreateChannel_RetentionOutsideTheBounds_IsRefusedByTheClient(ChannelRetention retention, string message)
    {
        using CodecClient client = Clients.Create("http://127.0.0.1:1");
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => client.CreateChannelAsync("c", retention, Token));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<SubscribeOptions, string> WrongOptions =>
        new()
        {
            {
                new SubscribeOptions { Head = "" },
                "Head"
            },
            {
                new SubscribeOptions { MaxCodesPerFrame = 4097 },
                "0 to 4096"
            },
            {
                new SubscribeOptions { Keys = [.. Enumerable.Repeat("k", 60)], KeyPrefixes = [.. Enumerable.Repeat("p", 41)] },
                "101 keys and prefixes"
            },
            {
                new SubscribeOptions { Keys = [""] },
                "is not a key"
            },
            {
                new SubscribeOptions { KeyPrefixes = ["a\nb"] },
                "is not a key"
            },
            {
                new SubscribeOptions { Consumer = "No Name" },
                "Consumer"
            },
            {
                new SubscribeOptions { Consumer = "c", AutoCommitInterval = TimeSpan.Zero },
                "10 ms to a day"
            },
            {
                new SubscribeOptions { AutoCommitInterval = TimeSpan.FromSeconds(1) },
                "null if Consumer is null"
            },
            {
                new SubscribeOptions { OnSkipped = _ => { } },
                "The option OnSkipped is 'a method'; allowed: null if SkipDamaged is false"
            },
        };

    [Theory]
    [MemberData(nameof(WrongOptions), DisableDiscoveryEnumeration = true)]
    public void Subscribe_OptionOutsideItsRange_IsRefusedBeforeAnyRequest(SubscribeOptions options, string message)
    {
        using CodecClient client = Clients.Create("http://127.0.0.1:1");
        Assert.Contains(
            message,
            Assert.Throws<ArgumentException>(() => client.SubscribeAsync("c", options, Token)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() => client.SubscribeCodesAsync("c", options, Token));
    }

    [Fact]
    public void SubscribeFrom_NumbersBelowOne_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SubscribeFrom.At(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SubscribeFrom.Last(0));
        Assert.Equal("with the last 3", SubscribeFrom.Last(3).ToString());
    }

    private static V1.ChannelInfo Info(string name, V1.Retention? retention) =>
        new()
        {
            Name = name,
            FirstSequence = 3,
            NextSequence = 11,
            Codes = 8,
            Bytes = 900,
            Retention = retention,
            CreatedAt = Timestamp.FromDateTimeOffset(Noon),
        };
}
