using Codec.Server;
using Codec.Server.Limits;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Limits;

public sealed class FairBudgetTests
{
    private static readonly Payer AnnaOne = new("anna", "1", "a");
    private static readonly Payer AnnaTwo = new("anna", "2", "a");
    private static readonly Payer Ben = new("ben", "3", "a");

    private readonly FakeTimeProvider _time = new();
    private readonly FairBudget _budget;

    public FairBudgetTests() => _budget = new FairBudget("The room", new BudgetShares(Total: 100, Caller: 80, Connection: 50), _time);

    [Fact]
    public async Task TakeAsync_ConnectionAndCallerHaveTheirShares_LeaveTheRestToOthers()
    {
        using FairBudget.Reservation first = await TakeAsync(AnnaOne, 50);
        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => TakeAsync(AnnaOne, 1));
        using FairBudget.Reservation second = await TakeAsync(AnnaTwo, 30);
        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => TakeAsync(AnnaTwo, 1));

        using FairBudget.Reservation other = await TakeAsync(Ben, 20);

        RequestException refusal = await Runs.RefusesAsync(RequestError.ResourceExhausted, () => TakeAsync(Ben, 1));
        Assert.NotNull(refusal.RetryAfter);
        Assert.Equal(100, _budget.Held);
        Assert.Null(_budget.TryTake(Ben, 1));
    }

    [Fact]
    public async Task TakeAsync_MoreThanAConnectionsShare_IsAdmittedAlone()
    {
        using (await TakeAsync(AnnaOne, long.MaxValue))
        {
            Assert.Equal(50, _budget.Held);
        }

        Assert.Equal(0, _budget.Held);
    }

    [Fact]
    public async Task Dispose_SeveralWait_CallerThatHoldsLeastGoesFirst()
    {
        FairBudget.Reservation first = await TakeAsync(AnnaOne, 50);
        using FairBudget.Reservation second = await TakeAsync(AnnaTwo, 30);
        using FairBudget.Reservation third = await TakeAsync(Ben, 20);
        Task<FairBudget.Reservation> anna = WaitAsync(AnnaOne, 40);
        Task<FairBudget.Reservation> ben = WaitAsync(Ben, 30);
        Assert.Equal(2, _budget.Waiting);

        first.Dispose();

        (await ben).Dispose();
        (await anna).Dispose();
        Assert.Equal((50, 0), (_budget.Held, _budget.Waiting));
    }

    [Fact]
    public async Task TakeAsync_AnotherWaitsForMore_DoesNotStarveIt()
    {
        using FairBudget.Reservation held = await TakeAsync(AnnaOne, 50);
        FairBudget.Reservation more = await TakeAsync(AnnaTwo, 30);
        Task<FairBudget.Reservation> large = WaitAsync(Ben, 40);

        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => TakeAsync(new Payer("carl", "4", "a"), 1));

        more.Dispose();
        (await large).Dispose();
        (await TakeAsync(new Payer("carl", "4", "a"), 1)).Dispose();
    }

    [Fact]
    public async Task TakeAsync_WaitEnds_IsRefusedOrCancelledAndLetsTheNextGo()
    {
        using FairBudget.Reservation held = await TakeAsync(AnnaOne, 50);
        using FairBudget.Reservation more = await TakeAsync(AnnaTwo, 30);
        using var cancelled = new CancellationTokenSource();
        Task<FairBudget.Reservation> patient = _budget.TakeAsync(Ben, 40, TimeSpan.FromSeconds(5), CancellationToken.None).AsTask();
        Task<FairBudget.Reservation> leaving = _budget.TakeAsync(Ben, 40, Timeout.InfiniteTimeSpan, cancelled.Token).AsTask();
        Task<FairBudget.Reservation> small = WaitAsync(Ben, 10);

        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.False(small.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));

        await Runs.RefusesAsync(RequestError.ResourceExhausted, () => patient);
        (await small).Dispose();
        Assert.Equal((80, 0), (_budget.Held, _budget.Waiting));
    }

    [Fact]
    public async Task ShrinkTo_Less_ReturnsTheRestOnce()
    {
        FairBudget.Reservation held = await TakeAsync(AnnaOne, 50);
        held.ShrinkTo(10);
        held.ShrinkTo(40);
        Assert.Equal(10, _budget.Held);

        held.Dispose();
        held.Dispose();
        held.ShrinkTo(5);

        Assert.Equal(0, _budget.Held);
    }

    [Fact]
    public async Task TakeAsync_ManyCallersAtOnce_KeepTheBoundsAndReturnAll()
    {
        long most = 0;
        await Parallel.ForAsync(
            0,
            2000,
            TestContext.Current.CancellationToken,
            async (i, cancellationToken) =>
            {
                var payer = new Payer($"caller {i % 3}", $"connection {i % 7 % 3} {i % 7}", "a");
                TimeSpan wait = i % 5 == 0 ? TimeSpan.Zero : Timeout.InfiniteTimeSpan;
                try
                {
                    using FairBudget.Reservation held = await _budget.TakeAsync(payer, 1 + i % 50, wait, cancellationToken);
                    InterlockedMax(ref most, _budget.Held);
                    await Task.Yield();
                }
                catch (RequestException) when (wait == TimeSpan.Zero)
                {
                    // It was full at that moment.
                }
            }
        );

        Assert.InRange(most, 1, 100);
        Assert.Equal((0, 0), (_budget.Held, _budget.Waiting));
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (long seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    private Task<FairBudget.Reservation> TakeAsync(Payer payer, long amount) =>
        _budget.TakeAsync(payer, amount, TimeSpan.Zero, TestContext.Current.CancellationToken).AsTask();

    private Task<FairBudget.Reservation> WaitAsync(Payer payer, long amount) =>
        _budget.TakeAsync(payer, amount, Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken).AsTask();
}
