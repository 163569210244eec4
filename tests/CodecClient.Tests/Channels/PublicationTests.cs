using Codec.Client.Channels;
using Grpc.Core;

namespace Codec.Client.Tests.Channels;

/// <summary>The answer to one message reaches each item in it.</summary>
public sealed class PublicationTests
{
    private readonly FailureLedger _ledger = new("faces");

    [Fact]
    public async Task Acknowledge_OneItem_TakesAllCodes()
    {
        Sent[] items = Items(1);
        var publication = Message(codes: 3, items);
        Assert.False(publication.Answered.IsCompleted);
        publication.Acknowledge(new Acknowledgement(7, 3));

        Assert.Equal(new Acknowledgement(7, 3), await items[0].Answer);
        Assert.True(publication.Answered.IsCompletedSuccessfully);
        Assert.Null(_ledger.Take());
    }

    [Fact]
    public async Task Acknowledge_SeveralItems_TakeOneCodeEach()
    {
        Sent[] items = Items(3);
        Message(codes: 3, items).Acknowledge(new Acknowledgement(7, 3));
        for (int i = 0; i < items.Length; i++)
            Assert.Equal(new Acknowledgement(7 + i, 1), await items[i].Answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RefuseOrLose_SeveralItems_FailsEachAndReportsThemOnce(bool refuse)
    {
        Sent[] items = Items(3);
        var failure = new UnavailableException(StatusCode.Unavailable, "gone");
        var publication = Message(codes: 3, items);
        if (refuse)
            publication.Refuse(failure);
        else
            publication.Lose(failure);

        Assert.True(publication.Answered.IsCompletedSuccessfully);
        foreach (Sent item in items)
            Assert.Same(failure, await Assert.ThrowsAsync<UnavailableException>(() => item.Answer));
        var reported = Assert.IsType<UnacknowledgedItemsException>(_ledger.Take());
        Assert.Equal(3, reported.Count);
        Assert.Same(failure, reported.InnerException);
        Assert.Null(_ledger.Take());
    }

    [Fact]
    public async Task Lose_AfterTheAnswer_ChangesNothingForTheCaller()
    {
        Sent[] items = Items(1);
        var publication = Message(codes: 1, items);
        publication.Acknowledge(new Acknowledgement(1, 1));
        publication.Lose(new UnavailableException(StatusCode.Unavailable, "gone"));
        Assert.Equal(new Acknowledgement(1, 1), await items[0].Answer);
    }

    [Fact]
    public void Refuse_ItemThatTheCallerWatches_IsNotReported()
    {
        Sent[] items = Items(2);
        Task watched = items[0].Acknowledged;
        Message(codes: 2, items).Refuse(new UnavailableException(StatusCode.Unavailable, "full"));
        Assert.True(watched.IsFaulted);
        Assert.Equal("full", _ledger.Take()!.Message);
    }

    /// <summary>A message without content, which these tests do not need.</summary>
    private static Publication Message(int codes, Sent[] items) => new(null!, codes, items);

    private Sent[] Items(int count) => [.. Enumerable.Range(0, count).Select(i => new Sent(i, _ledger))];
}
