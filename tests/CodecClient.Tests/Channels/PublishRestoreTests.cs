using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client.Tests.Channels;

/// <summary>
/// A connection lost at any point of the protocol loses no item; a server that does not continue where it was is detected.
/// </summary>
public sealed class PublishRestoreTests
{
    private const int Images = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_CutBeforeTheHeaderIsAnswered_RequestsANewEpochAgain()
    {
        var epochs = new List<long>();
        await using PublisherBench bench = await PublisherBench.StartAsync(
            async call =>
            {
                epochs.Add((await call.HeaderAsync()).ProducerEpoch);
                call.Cut();
                await call.HangAsync();
            },
            async call =>
            {
                epochs.Add((await call.GreetAsync(epoch: 2)).ProducerEpoch);
                await call.ServeAsync();
            }
        );
        await using ChannelPublisher publisher = await bench.OpenAsync();
        Assert.Equal(1, (await publisher.PublishSoonAsync(1)).FirstSequence);
        Assert.Equal([0, 0], epochs);
    }

    /// <summary>Number of items that the server receives, and of answers that it sends, before the connection is lost.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(3, 1)]
    [InlineData(3, 3)]
    [InlineData(Images, 0)]
    [InlineData(Images, Images - 1)]
    public async Task Cut_BetweenItems_SendsAgainWhatIsNotAnswered(int taken, int answered)
    {
        var seen = new TaskCompletionSource();
        var again = new TaskCompletionSource<(V1.PublishRequest.Types.Header Header, List<V1.PublishRequest> Items)>();
        await using PublisherBench bench = await PublisherBench.StartAsync(
            async call =>
            {
                await call.GreetAsync(epoch: 7);
                for (int i = 1; i <= taken; i++)
                {
                    await call.NextAsync();
                    if (i <= answered)
                        await call.AcknowledgeAsync(i);
                }

                await seen.Task;
                call.Cut();
                await call.HangAsync();
            },
            async call =>
            {
                // Items that the server received are in the log, answered or not.
                V1.PublishRequest.Types.Header header = await call.GreetAsync(epoch: 7, last: taken);
                again.SetResult((header, await call.ServeAsync(next: answered + 1)));
            }
        );
        var sequences = new List<long>();
        await using (ChannelPublisher publisher = await bench.OpenAsync(new PublisherOptions { Producer = "camera" }))
        {
            var sent = new List<Task<Acknowledgement>>();
            for (int i = 0; i < Images; i++)
                sent.Add((await publisher.SendAsync(i)).Acknowledged);
            await Task.WhenAll(sent.Take(answered)).SoonAsync();
            seen.SetResult();
            foreach (Task<Acknowledgement> task in sent)
                sequences.Add((await task.SoonAsync()).FirstSequence);
        }

        Assert.Equal(Enumerable.Range(1, Images).Select(i => (long)i), sequences);
        (V1.PublishRequest.Types.Header restored, List<V1.PublishRequest> items) = await again.Task.SoonAsync();
        Assert.Equal((7, "camera", false), (restored.ProducerEpoch, restored.Producer, restored.TransientProducer));
        Assert.Equal($"small-8@sha256:{PublishCall.Version.Hex}", restored.Model);
        Assert.Equal(Enumerable.Range(answered + 1, Images - answered).Select(i => (long)i), items.Select(item => item.ProducerSequence));
        Assert.Equal(SourceBytes(answered), items[0].Image.Pixels.Data.ToByteArray());
    }

    [Fact]
    public async Task Cut_AnswersInTransit_AreAcceptedIfTheLogHasThem()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(
            async call =>
            {
                await call.GreetAsync();
                await call.NextAsync();
                await call.NextAsync();
                call.Cut();
                await call.HangAsync();
            },
            async call =>
            {
                // Both are in the log; the second was refused there.
                await call.GreetAsync(last: 2);
                await call.NextAsync();
                await call.AcknowledgeAsync(1);
                await call.NextAsync();
                await call.RefuseAsync(StatusCode.InvalidArgument, "no image");
                await call.ServeAsync(2);
            }
        );
        await using ChannelPublisher publisher = await bench.OpenAsync();
        Task<Acknowledgement> first = publisher.PublishSoonAsync(1);
        Task<Acknowledgement> second = publisher.PublishSoonAsync(2);
        Assert.Equal(1, (await first.SoonAsync()).FirstSequence);
        await Assert.ThrowsAsync<InvalidRequestException>(() => second.SoonAsync());
        Assert.Equal(2, (await publisher.PublishSoonAsync(3)).FirstSequence);
    }

    [Fact]
    public async Task Open_WithoutAName_GeneratesOneThatTheServerSoonForgets()
    {
        var headers = new List<V1.PublishRequest.Types.Header>();
        await using PublisherBench bench = await PublisherBench.StartAsync(OpenAsync, OpenAsync);
        foreach (int _ in new[] { 1, 2 })
        {
            await using ChannelPublisher publisher = await bench.OpenAsync();
            Assert.Equal(headers[^1].Producer, publisher.Producer);
        }

        Assert.All(headers, header => Assert.True(header.TransientProducer));
        Assert.NotEqual(headers[0].Producer, headers[1].Producer);

        async Task OpenAsync(PublishCall call)
        {
            headers.Add(await call.HeaderAsync());
            await call.WriteAsync(new V1.PublishResponse { Version = PublishCall.Version.Hex, ProducerEpoch = 1 });
            await call.ServeAsync();
        }
    }

    /// <summary>Deleted while the connection was lost, or on an open stream.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task VersionWasDeleted_ImagesGoOnWithTheAliasAndCodesAreRefusedAlone(bool whileLost)
    {
        Digest present = Digest.Of([9]);
        var moved = new TaskCompletionSource<(V1.PublishRequest.Types.Header Header, List<V1.PublishRequest> Items)>();
        Func<PublishCall, Task>[] scripts =
        [
            async call =>
            {
                await call.GreetAsync(epoch: 3);
                await call.NextAsync();
                if (!whileLost)
                    throw Deleted(PublishCall.Version.Hex);
                call.Cut();
                await call.HangAsync();
            },
            async call =>
            {
                // The log has the first image, whose answer was lost.
                V1.PublishRequest.Types.Header header = await call.GreetAsync(epoch: 3, last: 1, version: present);
                moved.SetResult((header, await AnswerImagesAsync(call)));
            },
        ];
        if (whileLost)
            scripts = [scripts[0], async call => throw Deleted((await call.HeaderAsync()).Model), scripts[1]];
        await using PublisherBench bench = await PublisherBench.StartAsync(scripts);
        await using (ChannelPublisher publisher = await bench.OpenAsync())
        {
            Assert.Equal(1, (await publisher.PublishSoonAsync(1)).FirstSequence);
            Sent code = await publisher.SendCodeAsync(new byte[] { 1 }, cancellationToken: Token);
            Assert.Equal(2, (await publisher.PublishSoonAsync(2)).FirstSequence);

            var refusal = await Assert.ThrowsAsync<NotFoundException>(() => code.Acknowledged.SoonAsync());
            Assert.Contains($"The version {PublishCall.Version} of small-8", refusal.Message, StringComparison.Ordinal);
            Assert.Contains($"encode them with {present}", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(PublishCall.Version, publisher.Version);
        }

        (V1.PublishRequest.Types.Header restored, List<V1.PublishRequest> items) = await moved.Task.SoonAsync();
        Assert.Equal(("small-8", 3), (restored.Model, restored.ProducerEpoch));
        Assert.Equal([1L, 2, 3], items.Select(item => item.ProducerSequence));
        Assert.All(items, item => Assert.True(item.Frame.IsEmpty));
    }

    [Fact]
    public async Task Restore_ServerForgotTheProducerAndNothingIsUnanswered_OpensItAgain()
    {
        var seen = new TaskCompletionSource();
        var reopened = new TaskCompletionSource<(long Epoch, List<V1.PublishRequest> Items)>();
        await using PublisherBench bench = await PublisherBench.StartAsync(
            async call =>
            {
                await call.GreetAsync(epoch: 5);
                await call.NextAsync();
                await call.AcknowledgeAsync(70);
                await seen.Task;
                call.Cut();
                await call.HangAsync();
            },
            async call =>
            {
                Assert.Equal(5, (await call.HeaderAsync()).ProducerEpoch);
                throw PublishCall.Failure(StatusCode.FailedPrecondition, "PRODUCER_FORGOTTEN", "The producer is not remembered.");
            },
            async call =>
            {
                V1.PublishRequest.Types.Header header = await call.GreetAsync(epoch: 6);
                reopened.SetResult((header.ProducerEpoch, await call.ServeAsync()));
            }
        );
        await using (ChannelPublisher publisher = await bench.OpenAsync())
        {
            await publisher.PublishSoonAsync(1);
            seen.SetResult();
            await bench.Log.HasAsync(1).SoonAsync();
            Assert.Equal(1, (await publisher.PublishSoonAsync(2)).FirstSequence);
        }

        (long epoch, List<V1.PublishRequest> items) = await reopened.Task.SoonAsync();
        Assert.Equal(0, epoch);
        Assert.Equal([1L], items.Select(item => item.ProducerSequence));
    }

    [Fact]
    public async Task Drained_ServerEndsTheStreamEarly_IsRestored()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(
            call => call.GreetAsync(),
            async call =>
            {
                await call.GreetAsync();
                await call.ServeAsync();
            }
        );
        await using ChannelPublisher publisher = await bench.OpenAsync();
        Assert.Equal(1, (await publisher.PublishSoonAsync(1)).FirstSequence);
    }

    private static byte[] SourceBytes(int seed) => Codec.Tests.Shared.SmallModel.Image(seed);

    private static RpcException Deleted(string name) =>
        PublishCall.Failure(StatusCode.NotFound, "NOT_FOUND", $"There is no version '{name}'.");

    /// <summary>Acknowledges images, and refuses those without a source, which stand for what is not sent.</summary>
    private static async Task<List<V1.PublishRequest>> AnswerImagesAsync(PublishCall call)
    {
        var items = new List<V1.PublishRequest>();
        int stored = 0;
        for (int i = 0; i < 3; i++)
        {
            items.Add(await call.NextAsync());
            if (items[i].Image?.SourceCase is null or V1.Image.SourceOneofCase.None)
                await call.RefuseAsync(StatusCode.InvalidArgument, "image: no source");
            else
                await call.AcknowledgeAsync(++stored);
        }

        return items;
    }
}
