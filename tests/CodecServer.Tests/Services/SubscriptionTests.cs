using Codec;
using Codec.Frames;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using static CodecServer.Tests.Services.CamerasChannel;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>Where subscriptions begin, which codes they select, and the info of these codes.</summary>
public sealed class SubscriptionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Subscribe_KeysTimesAndHeaders_ArriveWithTheirCodes()
    {
        await using TestServer server = await StartAsync();
        var info = new V1.CodeInfo
        {
            Key = "küche",
            CapturedAt = Timestamp.FromDateTimeOffset(Noon),
            Headers = { ["room"] = "2", ["lens"] = "wide" },
        };
        await PublishAsync(server, info, null, new V1.CodeInfo { Key = "hof" });

        List<(long Sequence, CodeInfo Info)> codes = await ReadAsync(server, new() { Channel = "cameras", Start = true }, 3);

        Assert.Equal([1, 2, 3], codes.Select(code => code.Sequence));
        Assert.Equal(
            new CodeInfo
            {
                Key = "küche",
                CapturedAt = Noon,
                Headers = info.Headers.ToDictionary(),
            },
            codes[0].Info
        );
        Assert.Equal([CodeInfo.None, new CodeInfo { Key = "hof" }], codes.Skip(1).Select(code => code.Info));
    }

    [Fact]
    public async Task Subscribe_ProducersFrameWithInfo_KeepsIt()
    {
        await using TestServer server = await StartAsync();
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        CodeInfo[] infos = [new() { Key = "a", StoredAt = Noon }, CodeInfo.None, new() { CapturedAt = Noon }];
        ReadOnlyMemory<byte>[] made =
        [
            .. infos.Select((_, i) => (ReadOnlyMemory<byte>)model.Encode(SmallModel.Image(i), SmallModel.Side, SmallModel.Side, 1)),
        ];
        byte[] frame = CodeFrame.Write(1, made, info: new FrameInfo(infos, [0, 5, 0]));
        await server.PublishToAsync(Header(), new V1.PublishRequest { Frame = Google.Protobuf.ByteString.CopyFrom(frame) });

        List<(long Sequence, CodeInfo Info)> codes = await ReadAsync(server, new() { Channel = "cameras", Start = true }, 3);

        // Gaps and times of storing in a producer's frame are ignored.
        Assert.Equal([1, 2, 3], codes.Select(code => code.Sequence));
        Assert.Equal([new CodeInfo { Key = "a" }, CodeInfo.None, new CodeInfo { CapturedAt = Noon }], codes.Select(code => code.Info));
    }

    [Fact]
    public async Task Subscribe_StoredTimesRequested_SendsThem()
    {
        DateTimeOffset before = TimeProvider.System.GetUtcNow().AddMilliseconds(-1);
        await using TestServer server = await StartAsync();
        await PublishAsync(server, new V1.CodeInfo { Key = "a" }, null);

        List<(long Sequence, CodeInfo Info)> codes = await ReadAsync(
            server,
            new()
            {
                Channel = "cameras",
                Start = true,
                StoredTimes = true,
            },
            2
        );

        Assert.All(codes, code => Assert.InRange(code.Info.StoredAt!.Value, before, TimeProvider.System.GetUtcNow()));
        Assert.Equal(["a", null], codes.Select(code => code.Info.Key));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 3)]
    [InlineData(5, 1)]
    [InlineData(1000, 1)]
    public async Task Subscribe_Last_BeginsWithThatManyCodes(long last, long first)
    {
        await using TestServer server = await StartAsync();
        await PublishAsync(server, null, null, null, null, null);

        List<(long Sequence, CodeInfo Info)> codes = await ReadAsync(server, new() { Channel = "cameras", Last = last }, (int)(6 - first));

        Assert.Equal(first, codes[0].Sequence);
    }

    [Fact]
    public async Task Subscribe_Time_BeginsAtTheFirstCodeStoredThen()
    {
        await using TestServer server = await StartAsync();
        await PublishAsync(server, null, null);
        DateTimeOffset stored = (
            await ReadAsync(
                server,
                new()
                {
                    Channel = "cameras",
                    Start = true,
                    StoredTimes = true,
                },
                2
            )
        )[1].Info.StoredAt!.Value;
        using var later = server.Channels.Subscribe(
            new() { Channel = "cameras", Time = Timestamp.FromDateTimeOffset(stored.AddMilliseconds(1)) },
            Rpc.Options
        );
        using var then = server.Channels.Subscribe(new() { Channel = "cameras", Time = Timestamp.FromDateTimeOffset(stored) }, Rpc.Options);
        using var early = server.Channels.Subscribe(
            new() { Channel = "cameras", Time = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch) },
            Rpc.Options
        );

        Assert.Equal((3, false), await later.PositionAsync());
        Assert.InRange((await then.PositionAsync()).NextSequence, 1, 2);
        Assert.Equal((1, false), await early.PositionAsync());
    }

    [Fact]
    public async Task Subscribe_NamedConsumer_ContinuesAtItsCommittedPosition()
    {
        await using TestServer server = await StartAsync();
        await PublishAsync(server, null, null, null, null);
        var request = new V1.SubscribeRequest
        {
            Channel = "cameras",
            Start = true,
            Consumer = "wall",
        };
        Assert.Equal(1, (await ReadAsync(server, request, 1))[0].Sequence);

        V1.ConsumerInfo committed = (await CommitAsync(server, 3)).Consumer;

        Assert.Equal(("wall", 3, 2), (committed.Name, committed.NextSequence, committed.Lag));
        Assert.Equal(3, (await ReadAsync(server, request, 1))[0].Sequence);
        Assert.Equal(3, (await CommitAsync(server, 2)).Consumer.NextSequence);
        Assert.Equal(2, (await CommitAsync(server, 2, allowRewind: true)).Consumer.NextSequence);
        Assert.Equal(
            2,
            Assert.Single((await server.Channels.ListConsumersAsync(new() { Channel = "cameras" }, Rpc.Options)).Consumers).NextSequence
        );
        await Rpc.FailsAsync(StatusCode.OutOfRange, () => CommitAsync(server, 6));
        await Rpc.FailsAsync(StatusCode.OutOfRange, () => CommitAsync(server, 0));
        await server.Channels.DeleteConsumerAsync(new() { Channel = "cameras", Consumer = "wall" }, Rpc.Options);
        Assert.Equal(1, (await ReadAsync(server, request, 1))[0].Sequence);
        await Rpc.FailsAsync(
            StatusCode.NotFound,
            async () => await server.Channels.DeleteConsumerAsync(new() { Channel = "cameras", Consumer = "wall" }, Rpc.Options)
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Subscribe_StoredCodeIsDamaged_DeliversTheOthersAndNamesTheDamaged(bool skip)
    {
        using var directory = new TemporaryDirectory();
        await using (TestServer publishing = await StartAsync(directory: directory.Path))
        {
            await PublishAsync(publishing, null, null);
            await PublishAsync(publishing, [null]);
            await PublishAsync(publishing, [null]);
        }

        // A server that has just stored a code does not read it from the disk.
        Damage(directory.Path, sequence: 3);
        await using TestServer server = await TestServer.StartAsync([], directory.Path);
        using var call = server.Channels.Subscribe(
            new()
            {
                Channel = "cameras",
                Start = true,
                SkipDamaged = skip,
            },
            Rpc.Options
        );
        await call.PositionAsync();

        Assert.Equal([1, 2], (await ReadAsync(call, 2)).Select(code => code.Sequence));
        if (skip)
        {
            V1.SubscribeResponse.Types.Damage damage = (await call.ResponseStream.NextAsync()).Damage;
            Assert.Equal((3, 1), (damage.FirstSequence, damage.Count));
            Assert.Equal(4, (await ReadAsync(call, 1))[0].Sequence);
            return;
        }

        RpcException failure = await Rpc.FailsAsync(StatusCode.DataLoss, () => call.ResponseStream.NextAsync());
        Assert.Equal(("3", "4"), (failure.Metadata("first_sequence"), failure.Metadata("next_sequence")));
    }

    [Fact]
    public async Task Subscribe_RetentionOvertookTheConsumer_NamesTheFirstSequenceInTheLog()
    {
        await using TestServer server = await StartAsync(new V1.Retention { Codes = 2 });
        await PublishAsync(server, null, null, null);
        await CommitAsync(server, 2);
        await PublishAsync(server, null, null, null);
        using var call = server.Channels.Subscribe(new() { Channel = "cameras", Consumer = "wall" }, Rpc.Options);

        RpcException failure = await Rpc.FailsAsync(StatusCode.OutOfRange, () => call.ResponseStream.NextAsync());

        Assert.Contains(
            "'wall' has committed 2. The sequence 2 of 'cameras' was dropped by its retention",
            failure.Status.Detail,
            StringComparison.Ordinal
        );
        Assert.Equal("5", failure.Metadata("first_sequence"));
        await CommitAsync(server, 5);
        Assert.Equal(5, (await ReadAsync(server, new() { Channel = "cameras", Consumer = "wall" }, 1))[0].Sequence);
    }

    [Theory]
    [InlineData("keys")]
    [InlineData("prefix")]
    [InlineData("many")]
    [InlineData("consumer")]
    [InlineData("last")]
    [InlineData("time")]
    public async Task Subscribe_FieldOutOfRange_IsInvalid(string field)
    {
        await using TestServer server = await StartAsync();
        var request = new V1.SubscribeRequest { Channel = "cameras" };
        switch (field)
        {
            case "keys":
                request.Keys.Add("");
                break;
            case "prefix":
                request.KeyPrefixes.Add(new string('x', 129));
                break;
            case "many":
                request.Keys.Add(Enumerable.Range(0, 101).Select(i => $"{i}"));
                break;
            case "consumer":
                request.Consumer = "The Wall";
                break;
            case "last":
                request.Last = 0;
                break;
            default:
                request.Time = new Timestamp { Seconds = long.MaxValue };
                break;
        }

        using var call = server.Channels.Subscribe(request, Rpc.Options);

        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => call.ResponseStream.NextAsync());
    }

    private static V1.CodeInfo Key(string key) => new() { Key = key };

    /// <summary>Changes a byte of a stored frame, as a failing disk does.</summary>
    private static void Damage(string directory, long sequence)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(directory, "channels.db")}");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "UPDATE frames SET frame = CAST(zeroblob(LENGTH(frame)) AS BLOB) WHERE first_sequence = $sequence";
        command.Parameters.AddWithValue("$sequence", sequence);
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static async Task<V1.CommitConsumerResponse> CommitAsync(TestServer server, long next, bool allowRewind = false) =>
        await server.Channels.CommitConsumerAsync(
            new()
            {
                Channel = "cameras",
                Consumer = "wall",
                NextSequence = next,
                AllowRewind = allowRewind,
            },
            Rpc.Options
        );
}
