using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client.Tests.Channels;

/// <summary>Streams that cannot be opened or restored as they were: another version, another log, a newer publisher.</summary>
public sealed class PublishRestoreRefusalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Restore_NewerPublisherOfTheName_EndsThisOne()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(
            CutAfterOneAsync,
            async call =>
            {
                await call.HeaderAsync();
                throw PublishCall.Failure(StatusCode.Aborted, "PRODUCER_FENCED", "producer: 'camera' has the epoch 2, not 1");
            }
        );
        ChannelPublisher publisher = await bench.OpenAsync(new PublisherOptions { Producer = "camera" });
        var failure = await Assert.ThrowsAsync<ProducerFencedException>(() => publisher.PublishSoonAsync(1));
        Assert.Equal((StatusCode.Aborted, "producer: 'camera' has the epoch 2, not 1"), (failure.Status, failure.Message));
        await Assert.ThrowsAsync<ProducerFencedException>(() => publisher.FlushAsync(Token).SoonAsync());
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Fenced_OnAnOpenStream_FailsTheNextItem()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            throw PublishCall.Failure(StatusCode.Aborted, "PRODUCER_FENCED", "fenced");
        });
        ChannelPublisher publisher = await bench.OpenAsync(new PublisherOptions { Producer = "camera" });
        await Assert.ThrowsAsync<ProducerFencedException>(() => publisher.PublishSoonAsync(1));
        Assert.Equal(0, bench.Log.Retries);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Restore_ServerForgotTheProducer_ReportsThatItemsMayOrMayNotBeStored()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(
            CutAfterOneAsync,
            async call =>
            {
                await call.HeaderAsync();
                throw PublishCall.Failure(StatusCode.FailedPrecondition, "PRODUCER_FORGOTTEN", "The producer is not remembered.");
            }
        );
        ChannelPublisher publisher = await bench.OpenAsync();
        var failure = await Assert.ThrowsAsync<ProducerForgottenException>(() => publisher.PublishSoonAsync(1));
        Assert.Equal("The producer is not remembered. Unacknowledged items may or may not be stored.", failure.Message);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task VersionWasDeleted_PublisherThatNamedIt_Ends()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.NextAsync();
            throw Deleted(PublishCall.Version.Hex);
        });
        string reference = $"small-8@sha256:{PublishCall.Version.Hex}";
        ChannelPublisher publisher = await bench.Client.OpenPublisherAsync(PublisherBench.Channel, reference, 1, cancellationToken: Token);
        await Assert.ThrowsAsync<NotFoundException>(() => publisher.PublishSoonAsync(1));
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_AnotherVersion_EndsThePublisher(bool isDigest)
    {
        Digest other = Digest.Of([9]);
        await using PublisherBench bench = await PublisherBench.StartAsync(
            CutAfterOneAsync,
            async call =>
            {
                await call.HeaderAsync();
                await call.WriteAsync(new V1.PublishResponse { ProducerEpoch = 1, Version = isDigest ? other.Hex : "sha256:none" });
                await call.HangAsync();
            }
        );
        ChannelPublisher publisher = await bench.OpenAsync();
        var failure = await Assert.ThrowsAsync<CorruptDataException>(() => publisher.PublishSoonAsync(1));
        string expected = isDigest ? $"the version {other} instead of {PublishCall.Version}" : "an invalid digest";
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Open_AnotherVersionThanTheReferenceNames_Throws()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync();
            await call.HangAsync();
        });
        string reference = $"small-8@sha256:{Digest.Of([9]).Hex}";
        Task<ChannelPublisher> opening = bench.Client.OpenPublisherAsync(PublisherBench.Channel, reference, 1, cancellationToken: Token);
        await Assert.ThrowsAsync<CorruptDataException>(() => opening.SoonAsync());
    }

    /// <summary>The log has fewer items than were answered, or more than were sent; or the epoch is a different one.</summary>
    [Theory]
    [InlineData(1, 0, "its log has 0 items of this producer, but 1 were answered and 2 were sent")]
    [InlineData(1, 3, "its log has 3 items of this producer, but 1 were answered and 2 were sent")]
    [InlineData(2, 1, "with the epoch 2 instead of 1")]
    public async Task Restore_LogThatDoesNotContinue_EndsThePublisher(long epoch, long last, string expected)
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(
            async call =>
            {
                // The second image is sent when the first is answered.
                await call.GreetAsync();
                await call.NextAsync();
                await call.AcknowledgeAsync(1);
                await call.NextAsync();
                call.Cut();
                await call.HangAsync();
            },
            async call =>
            {
                await call.GreetAsync(epoch, last);
                await call.HangAsync();
            }
        );
        ChannelPublisher publisher = await bench.OpenAsync();
        await publisher.PublishSoonAsync(1);
        var failure = await Assert.ThrowsAsync<CorruptDataException>(() => publisher.PublishSoonAsync(2));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        await publisher.DisposeAsync().AsTask().SoonAsync();
    }

    [Fact]
    public async Task Open_WithoutAnEpoch_Throws()
    {
        await using PublisherBench bench = await PublisherBench.StartAsync(async call =>
        {
            await call.GreetAsync(epoch: 0);
            await call.HangAsync();
        });
        var failure = await Assert.ThrowsAsync<CorruptDataException>(() => bench.OpenAsync());
        Assert.Contains("with the epoch 0 instead of a new one", failure.Message, StringComparison.Ordinal);
    }

    private static RpcException Deleted(string name) =>
        PublishCall.Failure(StatusCode.NotFound, "NOT_FOUND", $"There is no version '{name}'.");

    private static async Task CutAfterOneAsync(PublishCall call)
    {
        await call.GreetAsync();
        await call.NextAsync();
        call.Cut();
        await call.HangAsync();
    }
}
