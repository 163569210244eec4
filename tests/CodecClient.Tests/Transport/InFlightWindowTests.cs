using Codec.Client.Tests.Infrastructure;
using Codec.Client.Transport;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Transport;

public sealed class InFlightWindowTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watch_AnswerThatTheConsumerIsSlowToTake_DoesNotExpire()
    {
        int expired = 0;
        InFlightWindow<int> window = Window<int>(10);
        await using var watch = new AnswerWatch<int>(window, TimeSpan.FromSeconds(10), _time, () => expired++);
        await window.AddAsync(1, 1, Token);
        await window.AddAsync(2, 1, Token);
        await window.NextToSendAsync(Token);
        Assert.True(window.TryPeek(out _));
        _time.Advance(TimeSpan.FromMinutes(1));
        window.Remove();
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, expired);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, expired);
    }

    [Fact]
    public async Task Add_FullWindow_WaitsForAnAnswer()
    {
        InFlightWindow<string> window = Window<string>(2);
        Assert.True(await window.AddAsync("a", 1, Token));
        Assert.True(await window.AddAsync("b", 1, Token));
        Task<bool> third = window.AddAsync("c", 1, Token);
        Assert.Equal("a", (await window.NextToSendAsync(Token)).Item);
        Assert.False(third.IsCompleted);
        window.Remove();
        Assert.True(await third.SoonAsync());
        Assert.Equal("b", (await window.NextToSendAsync(Token)).Item);
        Assert.Equal("c", (await window.NextToSendAsync(Token)).Item);
    }

    [Fact]
    public async Task TryNextToSend_ItemThatFits_IsSentOnce()
    {
        InFlightWindow<int> window = Window<int>(4);
        Assert.False(window.TryNextToSend(_ => true, out _));
        await window.AddAsync(1, 1, Token);
        await window.AddAsync(2, 1, Token);
        await window.NextToSendAsync(Token);

        Assert.False(window.TryNextToSend(item => item != 2, out _));
        Assert.True(window.TryNextToSend(item => item == 2, out int next));
        Assert.Equal(2, next);
        Assert.False(window.TryNextToSend(_ => true, out _));
        window.Rewind();
        Assert.True(window.TryNextToSend(_ => true, out next));
        Assert.Equal(1, next);
    }

    [Fact]
    public async Task Add_MoreBytesThanTheBound_WaitsForThem()
    {
        InFlightWindow<int> window = Window<int>(10, maxBytes: 100);
        await window.AddAsync(1, 60, Token);
        await window.AddAsync(2, 40, Token);
        Task<bool> third = window.AddAsync(3, 41, Token);
        await AnswerAsync(window, 1);
        Assert.True(await third.SoonAsync());
        Task<bool> fourth = window.AddAsync(4, 20, Token);
        Assert.False(fourth.IsCompleted);
        await AnswerAsync(window, 2);
        Assert.True(await fourth.SoonAsync());
    }

    [Fact]
    public async Task Add_LargerThanTheBound_PassesAlone()
    {
        InFlightWindow<int> window = Window<int>(10, maxBytes: 100);
        await window.AddAsync(1, 1, Token);
        Task<bool> large = window.AddAsync(2, 1000, Token);
        Assert.False(large.IsCompleted);
        await AnswerAsync(window, 1);
        Assert.True(await large.SoonAsync());
        Task<bool> next = window.AddAsync(3, 1, Token);
        Assert.False(next.IsCompleted);
        await AnswerAsync(window, 2);
        Assert.True(await next.SoonAsync());
    }

    [Fact]
    public async Task Add_SmallItemAfterALargeOneThatWaits_DoesNotOvertakeIt()
    {
        InFlightWindow<int> window = Window<int>(10, maxBytes: 100);
        await window.AddAsync(1, 50, Token);
        Task<bool> large = window.AddAsync(2, 80, Token);
        Task<bool> small = window.AddAsync(3, 1, Token);
        Assert.False(large.IsCompleted || small.IsCompleted);
        await AnswerAsync(window, 1);
        Assert.True(await large.SoonAsync() && await small.SoonAsync());
        Assert.Equal((true, 2), await window.NextToSendAsync(Token));
        Assert.Equal((true, 3), await window.NextToSendAsync(Token));
    }

    [Fact]
    public async Task Add_CancelledWhileItWaits_AdmitsThoseAfterIt()
    {
        InFlightWindow<int> window = Window<int>(10, maxBytes: 100);
        await window.AddAsync(1, 50, Token);
        using var cancellationToken = new CancellationTokenSource();
        Task<bool> large = window.AddAsync(2, 80, cancellationToken.Token);
        Task<bool> small = window.AddAsync(3, 1, Token);
        await cancellationToken.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large.SoonAsync());
        Assert.True(await small.SoonAsync());
        Assert.Equal(2, window.Count);
    }

    [Fact]
    public async Task Rewind_SentButUnanswered_IsSentAgainInOrder()
    {
        InFlightWindow<int> window = Window<int>(3);
        for (int i = 1; i <= 3; i++)
            await window.AddAsync(i, 1, Token);
        for (int i = 1; i <= 3; i++)
            Assert.Equal((true, i), await window.NextToSendAsync(Token));
        window.Remove();
        await window.AddAsync(4, 1, Token);
        window.Rewind();
        for (int i = 2; i <= 4; i++)
            Assert.Equal((true, i), await window.NextToSendAsync(Token));
    }

    [Fact]
    public async Task TryPeek_NothingSent_FindsNothing()
    {
        InFlightWindow<int> window = Window<int>(1);
        await window.AddAsync(7, 1, Token);
        Assert.False(window.TryPeek(out _));
        await window.NextToSendAsync(Token);
        Assert.True(window.TryPeek(out int item) && item == 7);
    }

    [Fact]
    public async Task NextToSend_CompleteWindow_EndsAfterTheLast()
    {
        InFlightWindow<int> window = Window<int>(2);
        Task<(bool Found, int Item)> waiting = window.NextToSendAsync(Token);
        await window.AddAsync(1, 1, Token);
        Assert.Equal((true, 1), await waiting.SoonAsync());
        waiting = window.NextToSendAsync(Token);
        window.Complete();
        Assert.False((await waiting.SoonAsync()).Found);
        Assert.False(window.IsDrained);
        window.Remove();
        Assert.True(window.IsDrained);
    }

    [Fact]
    public async Task NextToSend_CancelledOnce_FindsLaterItems()
    {
        InFlightWindow<int> window = Window<int>(1);
        using var cancellationToken = new CancellationTokenSource();
        Task<(bool Found, int Item)> waiting = window.NextToSendAsync(cancellationToken.Token);
        await cancellationToken.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.SoonAsync());
        waiting = window.NextToSendAsync(Token);
        await window.AddAsync(1, 1, Token);
        Assert.Equal((true, 1), await waiting.SoonAsync());
    }

    [Fact]
    public async Task Abandon_Unanswered_ReturnsThemAllAndAdmitsNothingMore()
    {
        InFlightWindow<int> window = Window<int>(2);
        await window.AddAsync(1, 1, Token);
        await window.AddAsync(2, 1, Token);
        await window.NextToSendAsync(Token);
        Task<bool> waiting = window.AddAsync(3, 1, Token);
        Assert.Equal([1, 2], window.Abandon());
        Assert.Equal(0, window.Count);
        Assert.False(await waiting.SoonAsync());
        Assert.False(await window.AddAsync(4, 1, Token));
        Assert.Null(window.Unanswered);
    }

    [Fact]
    public async Task Unanswered_CountsFromTheLastAnswerOrTheFirstItem()
    {
        InFlightWindow<int> window = Window<int>(2);
        Assert.Null(window.Unanswered);
        _time.Advance(TimeSpan.FromSeconds(1));
        await window.AddAsync(1, 1, Token);
        _time.Advance(TimeSpan.FromSeconds(2));
        await window.AddAsync(2, 1, Token);
        Assert.Equal(TimeSpan.FromSeconds(2), window.Unanswered);
        await AnswerAsync(window, 1);
        Assert.Equal(TimeSpan.Zero, window.Unanswered);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), window.Unanswered);
        await AnswerAsync(window, 2);
        Assert.Null(window.Unanswered);
    }

    [Fact]
    public async Task Watch_ExpiresExactlyWhenTheOldestHasWaitedLongEnough()
    {
        InFlightWindow<int> window = Window<int>(2);
        int expired = 0;
        await using var watch = new AnswerWatch<int>(window, TimeSpan.FromSeconds(10), _time, () => expired++);
        _time.Advance(TimeSpan.FromSeconds(16));
        await window.AddAsync(1, 1, Token);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, expired);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, expired);
        _time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(1, expired);
    }

    [Fact]
    public async Task Watch_TimeBeforeIt_DoesNotCount()
    {
        InFlightWindow<int> window = Window<int>(2);
        await window.AddAsync(1, 1, Token);
        _time.Advance(TimeSpan.FromSeconds(100));
        int expired = 0;
        await using var watch = new AnswerWatch<int>(window, TimeSpan.FromSeconds(10), _time, () => expired++);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, expired);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, expired);
    }

    private static async Task AnswerAsync(InFlightWindow<int> window, int item)
    {
        Assert.Equal((true, item), await window.NextToSendAsync(Token));
        window.Remove();
    }

    private InFlightWindow<T> Window<T>(int maxItems, long maxBytes = 1000) => new(maxItems, maxBytes, _time);
}
