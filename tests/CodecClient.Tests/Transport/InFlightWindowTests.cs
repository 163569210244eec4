using Codec.Client.Transport;

namespace Codec.Client.Tests.Transport;

public sealed class InFlightWindowTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Add_FullWindow_WaitsForAnAnswer()
    {
        using var window = new InFlightWindow<string>(2);
        await window.AddAsync("a", Token);
        await window.AddAsync("b", Token);
        Task third = window.AddAsync("c", Token);
        Assert.Equal("a", (await window.NextToSendAsync(Token)).Item);
        Assert.False(third.IsCompleted);
        window.Remove();
        await third;
        Assert.Equal("b", (await window.NextToSendAsync(Token)).Item);
        Assert.Equal("c", (await window.NextToSendAsync(Token)).Item);
    }

    [Fact]
    public async Task Rewind_SentButUnanswered_IsSentAgainInOrder()
    {
        using var window = new InFlightWindow<int>(3);
        for (int i = 1; i <= 3; i++) await window.AddAsync(i, Token);
        for (int i = 1; i <= 3; i++) Assert.Equal((true, i), await window.NextToSendAsync(Token));
        window.Remove();
        await window.AddAsync(4, Token);
        window.Rewind();
        for (int i = 2; i <= 4; i++) Assert.Equal((true, i), await window.NextToSendAsync(Token));
    }

    [Fact]
    public async Task TryPeek_NothingSent_FindsNothing()
    {
        using var window = new InFlightWindow<int>(1);
        await window.AddAsync(7, Token);
        Assert.False(window.TryPeek(out _));
        await window.NextToSendAsync(Token);
        Assert.True(window.TryPeek(out int item) && item == 7);
    }

    [Fact]
    public async Task NextToSend_CompleteWindow_EndsAfterTheLast()
    {
        using var window = new InFlightWindow<int>(2);
        Task<(bool Found, int Item)> waiting = window.NextToSendAsync(Token);
        await window.AddAsync(1, Token);
        Assert.Equal((true, 1), await waiting);
        waiting = window.NextToSendAsync(Token);
        window.Complete();
        Assert.False((await waiting).Found);
        Assert.False(window.IsDrained);
        window.Remove();
        Assert.True(window.IsDrained);
    }

    [Fact]
    public async Task Abandon_Unanswered_GivesThemAll()
    {
        using var window = new InFlightWindow<int>(2);
        await window.AddAsync(1, Token);
        await window.AddAsync(2, Token);
        await window.NextToSendAsync(Token);
        Assert.Equal([1, 2], window.Abandon());
        Assert.Equal(0, window.Count);
    }
}
