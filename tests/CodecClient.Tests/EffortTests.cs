using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Google.Protobuf;

namespace Codec.Client.Tests;

/// <summary>The effort of what the server encodes.</summary>
public sealed class EffortTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EncodeAndPublish_WithAnEffort_SendIt()
    {
        var header = new TaskCompletionSource<V1.PublishRequest.Types.Header>();
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            header.SetResult(await call.GreetAsync());
            await call.ServeAsync();
        });
        List<V1.EncodeRequest> requests = [];
        bench.Server.Coding.OnEncode = request => Answer(request);
        bench.Server.Coding.OnEncodeStream = async (stream, responses, context) =>
        {
            while (await stream.MoveNext(context.CancellationToken))
                await responses.WriteAsync(Answer(stream.Current));
        };

        await bench.Client.EncodeAsync(Clients.Source(1), "small-8", 1, effort: 3, Token);
        await bench.Client.EncodeAsync(Clients.Source(1), "small-8", 1, Token);
        await bench.Client.EncodeAllAsync(Sources(), "small-8", 1, effort: 2, Token).ToListSoonAsync();
        await bench.Client.EncodeAllAsync(Sources(), "small-8", 1, Token).ToListSoonAsync();
        await using ChannelPublisher publisher = await bench.OpenAsync(new PublisherOptions { Effort = 4 });

        Assert.Equal([3, 0, 2, 0], requests.Select(request => request.Effort));
        Assert.Equal(4, (await header.Task.SoonAsync()).Effort);

        V1.EncodeResponse Answer(V1.EncodeRequest request)
        {
            requests.Add(request);
            return new() { Version = Digest.Of([1]).Hex, Code = ByteString.CopyFrom(1) };
        }
    }

    [Fact]
    public async Task EncodeAndPublish_EffortAboveTheServersLargest_AreRefusedWithIt()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        await client.CreateChannelAsync("faces", cancellationToken: Token);
        var options = new PublisherOptions { Effort = 5 };

        var unary = await Assert.ThrowsAsync<InvalidRequestException>(() =>
            client.EncodeAsync(Clients.Source(1), "small-8", 1, effort: 5, Token)
        );
        List<EncodeResult> streamed = await client.EncodeAllAsync(Sources(), "small-8", 1, effort: 5, Token).ToListSoonAsync();
        var published = await Assert.ThrowsAsync<InvalidRequestException>(() =>
            client.OpenPublisherAsync("faces", "small-8", 1, options, Token)
        );

        Assert.All(
            [unary, published, Assert.IsType<InvalidRequestException>(Assert.Single(streamed).Error)],
            failure => Assert.Contains("effort: 5 is out of range; this server has 0 to 2.", failure.Message, StringComparison.Ordinal)
        );
        Assert.NotEmpty((await client.EncodeAsync(Clients.Source(1), "small-8", 1, effort: 2, Token)).Code.ToArray());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(9)]
    public async Task Encode_EffortThatNoServerHas_IsAMistakeOfTheCaller(int effort)
    {
        using var client = new CodecClient("http://127.0.0.1:1");

        var unary = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            client.EncodeAsync(Clients.Source(1), "small-8", 1, effort, Token)
        );
        var stream = Assert.Throws<ArgumentOutOfRangeException>(() => client.EncodeAllAsync(Sources(), "small-8", 1, effort, Token));

        Assert.All(
            [unary, stream],
            failure => Assert.StartsWith($"effort {effort} is out of range; allowed are 0 to 8.", failure.Message, StringComparison.Ordinal)
        );
    }

    private static IAsyncEnumerable<ImageSource> Sources() => new[] { Clients.Source(1) }.ToAsyncEnumerable();
}
