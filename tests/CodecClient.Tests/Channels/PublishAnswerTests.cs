using Codec.Client.Tests.Infrastructure;
using Codec.Frames;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using RpcStatus = Google.Rpc.Status;

namespace Codec.Client.Tests.Channels;

/// <summary>Each item has its own answer; a failure of the stream ends the publisher at once.</summary>
public sealed class PublishAnswerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_Acknowledged_ReturnsItsSequence()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.ServeAsync(next: 17);
        });
        await using ChannelPublisher publisher = await bench.OpenAsync();
        Assert.Equal(new Acknowledgement(17, 1), await publisher.PublishSoonAsync(1));
        Assert.Equal(new Acknowledgement(18, 1), await publisher.PublishSoonAsync(2));
        Assert.Equal(PublishCall.Version, publisher.Version);
    }

    [Fact]
    public async Task Publish_LargerThanTheServerAccepts_FailsAloneAndIsCountedByThePlaceholder()
    {
        List<V1.PublishRequest> stored = [];
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.LimitAsync(1000);
            await call.GreetAsync();
            for (long number = 1; number <= 2; number++)
            {
                V1.PublishRequest placeholder = await call.NextAsync();
                Assert.Equal((number, V1.Image.SourceOneofCase.None), (placeholder.ProducerSequence, placeholder.Image.SourceCase));
                await call.RefuseAsync(StatusCode.InvalidArgument, "image: it has no source");
            }

            stored = await call.ServeAsync();
        });
        await using (ChannelPublisher publisher = await bench.OpenAsync())
        {
            Sent image = await publisher.SendImageAsync(ImageSource.FromFile(new byte[1000]), cancellationToken: Token);
            Sent frame = await publisher.SendFrameAsync(CodeFrame.Write(1, [new byte[1000]]), Token);
            Assert.Equal(new Acknowledgement(1, 1), await publisher.PublishSoonAsync(1));

            var ofImage = await Assert.ThrowsAsync<InvalidRequestException>(() => image.Acknowledged.SoonAsync());
            var ofFrame = await Assert.ThrowsAsync<InvalidRequestException>(() => frame.Acknowledged.SoonAsync());
            Assert.Matches(
                "Could not publish to faces: the image's message has 10[0-9]{2} bytes; the server accepts 1000. Encode the image locally",
                ofImage.Message
            );
            Assert.Matches("the frame's message has 10[0-9]{2} bytes; the server accepts 1000. Put fewer codes", ofFrame.Message);
            Assert.Contains("--max-message-bytes", ofImage.Message, StringComparison.Ordinal);
        }

        Assert.Equal([3L], stored.Select(request => request.ProducerSequence));
    }

    [Fact]
    public async Task Publish_TooLargeButStoredBefore_IsAcknowledged()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(
            async call =>
            {
                await call.GreetAsync();
                await call.NextAsync();
                call.Cut();
            },
            async call =>
            {
                // A lower limit after a restart: the log repeats its first answer to the number.
                await call.LimitAsync(100);
                await call.GreetAsync(last: 1);
                await call.ServeAsync(next: 9);
            }
        );
        await using ChannelPublisher publisher = await bench.OpenAsync();
        Assert.Equal(new Acknowledgement(9, 1), await publisher.PublishSoonAsync(1));
    }

    [Fact]
    public async Task Publish_Refused_FailsAloneAndTheNextIsStored()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.RefuseAsync(StatusCode.InvalidArgument, "image: 9×9; small-8 accepts 8×8");
            await call.ServeAsync();
        });
        await using ChannelPublisher publisher = await bench.OpenAsync();
        var refusal = await Assert.ThrowsAsync<InvalidRequestException>(() => publisher.PublishSoonAsync(1));
        Assert.Equal((StatusCode.InvalidArgument, "image: 9×9; small-8 accepts 8×8"), (refusal.Status, refusal.Message));
        Assert.Equal(1, (await publisher.PublishSoonAsync(2)).FirstSequence);
        await publisher.FlushAsync(Token).SoonAsync();
    }

    [Fact]
    public async Task Publish_RefusedByAFullQueue_ReportsTheRetryDelay()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            var retry = new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(3)) };
            var refusal = new RpcStatus { Code = (int)StatusCode.ResourceExhausted, Details = { Any.Pack(retry) } };
            await call.WriteAsync(new V1.PublishResponse { Refusal = refusal });
            await call.ServeAsync();
        });
        await using ChannelPublisher publisher = await bench.OpenAsync();
        var refusal = await Assert.ThrowsAsync<UnavailableException>(() => publisher.PublishSoonAsync(1));
        Assert.Equal(TimeSpan.FromSeconds(3), refusal.RetryAfter);
    }

    [Fact]
    public async Task Items_RefusedOnesIncluded_AreNumberedFromTheLastOne()
    {
        var numbers = new TaskCompletionSource<long[]>();
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync(last: 40);
            V1.PublishRequest first = await call.NextAsync();
            await call.RefuseAsync(StatusCode.InvalidArgument, "no image");
            List<V1.PublishRequest> others = await call.ServeAsync();
            numbers.SetResult([.. others.Prepend(first).Select(request => request.ProducerSequence)]);
        });
        await using (ChannelPublisher publisher = await bench.OpenAsync(new PublisherOptions { Producer = "camera" }))
        {
            Assert.Equal(40, publisher.ResumedAfter);
            _ = (await publisher.SendAsync(1)).Acknowledged;
            await publisher.SendAsync(2);
            await publisher.SendAsync(3);
        }

        Assert.Equal(new long[] { 41, 42, 43 }, await numbers.Task.SoonAsync());
    }

    [Fact]
    public async Task Status_WhileTheSenderIsIdle_FailsWhatWaitsAndEndsThePublisherAtOnce()
    {
        // The clock does not advance, so nothing here ends by a timeout.
        await using PublisherBench bench = await PublisherBench.StartAsync(
            new FakeTimeProvider(),
            options => options,
            async call =>
            {
                await call.GreetAsync();
                await call.NextAsync();
                await call.NextAsync();
                throw ScriptedServer.Status(StatusCode.NotFound, "channel: 'faces' was deleted");
            }
        );
        ChannelPublisher publisher = await bench.OpenAsync();
        Task<Acknowledgement> first = (await publisher.SendAsync(1)).Acknowledged;
        await publisher.SendAsync(2);

        await Assert.ThrowsAsync<NotFoundException>(() => first.SoonAsync());
        var failure = await Assert.ThrowsAsync<NotFoundException>(() => publisher.FlushAsync(Token).SoonAsync());
        Assert.Equal("channel: 'faces' was deleted", failure.Message);
        Assert.Same(failure, await Assert.ThrowsAsync<NotFoundException>(() => publisher.SendAsync(3)));
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    public async Task Acknowledgement_ThatFitsNoImage_EndsThePublisher(long first, int count)
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.AcknowledgeAsync(first, count);
            await call.HangAsync();
        });
        ChannelPublisher publisher = await bench.OpenAsync();
        var failure = await Assert.ThrowsAsync<CorruptDataException>(() => publisher.PublishSoonAsync(1));
        Assert.Contains($"acknowledged {count} codes from sequence {first} on", failure.Message, StringComparison.Ordinal);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Acknowledgement_OutOfOrder_EndsThePublisher()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.AcknowledgeAsync(8);
            await call.NextAsync();
            await call.AcknowledgeAsync(8);
            await call.HangAsync();
        });
        ChannelPublisher publisher = await bench.OpenAsync();
        Assert.Equal(8, (await publisher.PublishSoonAsync(1)).FirstSequence);
        await Assert.ThrowsAsync<CorruptDataException>(() => publisher.PublishSoonAsync(2));
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Answer_Twice_EndsThePublisher()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await call.AcknowledgeAsync(1);
            await call.AcknowledgeAsync(2);
            await call.HangAsync();
        });
        ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.PublishSoonAsync(1);
        await bench.Log.HasAsync(9).SoonAsync();
        var failure = await Assert.ThrowsAsync<CorruptDataException>(() => publisher.PublishSoonAsync(2));
        Assert.Contains("answered more messages than were sent", failure.Message, StringComparison.Ordinal);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Publish_Cancelled_StopsWaitingAndThePublisherContinues()
    {
        var answer = new TaskCompletionSource();
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            await answer.Task;
            await call.AcknowledgeAsync(1);
            await call.ServeAsync(2);
        });
        await using ChannelPublisher publisher = await bench.OpenAsync();
        using var cancellationToken = new CancellationTokenSource();
        Task<Acknowledgement> publishing = publisher.PublishAsync(Clients.Source(1), cancellationToken: cancellationToken.Token);
        await cancellationToken.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => publishing.SoonAsync());
        answer.SetResult();
        Assert.Equal(2, (await publisher.PublishSoonAsync(2)).FirstSequence);
    }

    [Fact]
    public async Task Open_NoSuchModel_ThrowsTheServersMessage()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.HeaderAsync();
            throw ScriptedServer.Status(StatusCode.NotFound, "model: 'small-8' is not known");
        });
        Assert.Equal("model: 'small-8' is not known", (await Assert.ThrowsAsync<NotFoundException>(() => bench.OpenAsync())).Message);
    }

    [Fact]
    public async Task ClientDisposed_WithUnansweredItems_TheyFailAndDisposeReportsThem()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.HangAsync();
        });
        ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.SendAsync(1);
        bench.Client.Dispose();
        var failure = await Assert.ThrowsAsync<UnavailableException>(() => publisher.DisposeAsync().AsTask().SoonAsync());
        Assert.Contains("may or may not be stored", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_AfterDispose_Throws()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.ServeAsync();
        });
        ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.DisposeAsync().AsTask().SoonAsync();
        await publisher.DisposeAsync().AsTask().SoonAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => publisher.SendAsync(1));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => publisher.FlushAsync(Token));
    }
}
