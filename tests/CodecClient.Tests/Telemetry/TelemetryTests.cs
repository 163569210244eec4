using System.Diagnostics;
using Codec.Client.Tests.Infrastructure;
using Codec.Frames;
using Codec.Tests.Shared;
using Grpc.Core;

namespace Codec.Client.Tests.Telemetry;

/// <summary>Runs alone, because a listener hears every client of the process.</summary>
[CollectionDefinition(nameof(TelemetryTests), DisableParallelization = true)]
[Collection(nameof(TelemetryTests))]
public sealed class TelemetryTests
{
    private const string Subscribe = "codec.v1.ChannelService/Subscribe";
    private const string Publish = "codec.v1.ChannelService/Publish";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscription_Measured_CountsBytesImagesLagAndReconnects()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        ServeThreeImages(server);
        using var metrics = new MetricsRecorder();
        using CodecClient client = Clients.Create(server.Address);

        await client.SubscribeAsync("metered", SubscribeFrom.At(1), Token).FirstAsync(3);

        Assert.Equal(3, metrics.Of("codec.client.images", "metered").Sum());
        Assert.Equal(3, metrics.Of("codec.client.decode.duration", "metered").Length);
        double received = metrics.Of("codec.client.received", "metered").Sum();
        double saved = metrics.Of("codec.client.saved", "metered").Sum();
        Assert.True(received > 0 && saved > 0, $"{received} received, {saved} saved");
        Assert.Equal(3 * Sender.Pixels(1).Length, received + saved);
        Assert.Equal([1], metrics.Of("codec.client.reconnects", "subscribe"));
        Assert.All(metrics.Of("codec.client.lag", "metered"), lag => Assert.True(lag > 3600, $"{lag} s"));
        Assert.Equal(3, metrics.Of("codec.client.lag", "metered").Length);
    }

    [Fact]
    public async Task Publisher_Measured_CountsItemsAnswersAndBytesInFlight()
    {
        using var metrics = new MetricsRecorder();
        var arrived = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            arrived.SetResult();
            await answer.Task;
            await call.AcknowledgeAsync(1);
            await call.NextAsync();
            await call.RefuseAsync(StatusCode.InvalidArgument, "not an image");
            await call.NextAsync();
            throw ScriptedServer.Status(StatusCode.NotFound, "the channel was deleted");
        });
        ChannelPublisher publisher = await bench.OpenAsync();

        // Clients of other tests may still be closing, with few bytes in flight.
        const int Image = 1 << 20;
        double before = metrics.Observe("codec.client.in_flight");
        Sent first = await publisher.SendImageAsync(ImageSource.FromFile(new byte[Image]), cancellationToken: Token);
        await arrived.Task.SoonAsync();
        Assert.InRange(metrics.Observe("codec.client.in_flight") - before, Image / 2, 2 * Image);
        answer.SetResult();
        await first.Acknowledged.SoonAsync();
        await Assert.ThrowsAsync<InvalidRequestException>(() => publisher.PublishSoonAsync(2));
        await Assert.ThrowsAsync<NotFoundException>(() => publisher.PublishSoonAsync(3));
        await publisher.DisposeAsync();

        Assert.InRange(metrics.Observe("codec.client.in_flight") - before, -Image / 2, Image / 2);
        Assert.Equal(3, metrics.Of("codec.client.published", PublisherBench.Channel).Sum());
        foreach (string result in (string[])["acknowledged", "refused", "lost"])
        {
            Assert.Equal([1], metrics.Of("codec.client.answers", PublisherBench.Channel, result));
            Assert.Single(metrics.Of("codec.client.publish.duration", PublisherBench.Channel, result));
        }
    }

    [Fact]
    public async Task Subscription_Traced_HasSpansOfConnectionsAndFramesThatTheServerJoins()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        List<string?> parents = ServeThreeImages(server);
        using var spans = new SpanRecorder();
        using CodecClient client = Clients.Create(server.Address);
        using Activity caller = new Activity("caller").Start();

        await client.SubscribeAsync("traced", SubscribeFrom.At(1), Token).FirstAsync(3);

        Activity[] connections = [.. spans.Ended.Where(span => span.DisplayName == Subscribe)];
        Assert.Equal(2, connections.Length);
        Assert.Equal(connections.Select(span => span.Id), parents);
        Assert.All(connections, span => Assert.Equal((caller.SpanId, ActivityKind.Client), (span.ParentSpanId, span.Kind)));
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], connections.Select(span => span.Status));
        Assert.Equal("Grpc.Core.RpcException", connections[0].GetTagItem("error.type"));
        // Frames are decoded in parallel, so their spans have no order.
        ILookup<ActivitySpanId, Activity> decoded = spans
            .Ended.Where(span => span.DisplayName == "decode")
            .ToLookup(span => span.ParentSpanId);
        Assert.Equal([2, 1], connections.Select(span => Assert.Single(decoded[span.SpanId]).GetTagItem("codec.images")));
        Assert.All(spans.Ended, span => Assert.Equal(caller.TraceId, span.TraceId));
    }

    [Fact]
    public async Task Publisher_Traced_HasASpanOfEachMessageBelowItsCaller()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.AcknowledgeAsync(1);
            await call.NextAsync();
            await call.RefuseAsync(StatusCode.InvalidArgument, "not an image");
            await call.ServeAsync(2);
        });
        using var spans = new SpanRecorder();
        using Activity opener = new Activity("opener").Start();
        ChannelPublisher publisher = await bench.OpenAsync();
        using Activity caller = new Activity("caller").Start();

        await publisher.PublishSoonAsync(1);
        await Assert.ThrowsAsync<InvalidRequestException>(() => publisher.PublishSoonAsync(2));
        await publisher.DisposeAsync();

        Activity[] messages = [.. spans.Ended.Where(span => span.DisplayName == "publish")];
        Assert.All(messages, span => Assert.Equal((caller.SpanId, ActivityKind.Producer), (span.ParentSpanId, span.Kind)));
        Assert.Equal(["acknowledged", "refused"], messages.Select(span => span.GetTagItem("codec.result")));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error], messages.Select(span => span.Status));
        Activity connection = Assert.Single(spans.Ended, span => span.DisplayName == Publish);
        Assert.Equal((opener.SpanId, ActivityStatusCode.Unset), (connection.ParentSpanId, connection.Status));
    }

    [Fact]
    public void Instruments_OfTheMeter_AreThoseOfTheDocument()
    {
        using var metrics = new MetricsRecorder();
        string document = Repository.Read("docs", "client.md");
        Assert.Equal(
            metrics.Instruments.Select(instrument => $"`{instrument.Name}`").Order(),
            document
                .Split('\n')
                .Where(line => line.StartsWith("| `codec.client.", StringComparison.Ordinal))
                .Select(line => line.Split('|')[1].Trim())
                .Order()
        );
    }

    /// <summary>Sends two images, fails, and sends a third to the next connection.</summary>
    /// <returns>The traceparent of each connection.</returns>
    private static List<string?> ServeThreeImages(ScriptedServer server)
    {
        var parents = new List<string?>();
        var stored = new CodeInfo { StoredAt = DateTimeOffset.UnixEpoch.AddYears(50) };
        server.Models.Serve(Sender.Package);
        _ = new ScriptedChannel(
            server,
            async (_, sender) =>
            {
                parents.Add(sender.TraceParent);
                await sender.PositionAsync(1);
                await sender.HeaderAsync(1);
                await sender.FrameAsync([1, 2], stored);
                throw ScriptedServer.Status(StatusCode.Unavailable);
            },
            async (_, sender) =>
            {
                parents.Add(sender.TraceParent);
                await sender.PositionAsync(3);
                await sender.HeaderAsync(3);
                await sender.FrameAsync([3], stored);
                await sender.StayAsync();
            }
        );
        return parents;
    }
}
