using Codec.Client.Transport;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Transport;

public sealed class BackoffTests
{
    private readonly FakeTimeProvider _time = new();

    private static ReconnectPolicy Policy { get; } =
        new()
        {
            InitialDelay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(1),
            MaxAttempts = 6,
        };

    [Fact]
    public void NextDelay_FailuresInARow_DoublesUpToTheMaximumThenReturnsNull()
    {
        var backoff = new Backoff(Policy, _time);
        foreach (int ceiling in new[] { 100, 200, 400, 800, 1000, 1000 })
            Assert.InRange(backoff.NextDelay()!.Value.TotalMilliseconds, ceiling / 2.0, ceiling);
        Assert.Null(backoff.NextDelay());
    }

    [Fact]
    public void NextDelay_TheSameFailure_IsNotAlwaysTheSame()
    {
        IEnumerable<TimeSpan?> delays = Enumerable.Range(0, 50).Select(_ => new Backoff(Policy, _time).NextDelay());
        Assert.InRange(delays.Distinct().Count(), 10, 50);
    }

    [Fact]
    public void NextDelay_ServerRequestsLonger_WaitsThatLongButNoLongerThanTheMaximum()
    {
        var backoff = new Backoff(Policy, _time);
        Assert.Equal(TimeSpan.FromMilliseconds(700), backoff.NextDelay(TimeSpan.FromMilliseconds(700)));
        Assert.Equal(Policy.MaxDelay, backoff.NextDelay(TimeSpan.FromHours(1)));
    }

    [Fact]
    public void NextDelay_AttemptsWithoutSuccess_EndWithTheTimeOfAllTogether()
    {
        var backoff = new Backoff(Policy, _time, isStream: true, timeout: TimeSpan.FromSeconds(4));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(backoff.NextDelay());
        Assert.Equal(TimeSpan.FromSeconds(3), backoff.Left);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromMilliseconds(1), backoff.Left);
        Assert.Null(backoff.NextDelay());
    }

    [Fact]
    public void NextDelay_TimedAttemptsAfterASuccess_HaveTheWholeTimeAgain()
    {
        var backoff = new Backoff(Policy, _time, timeout: TimeSpan.FromSeconds(4));
        backoff.NextDelay();
        backoff.Succeeded();
        Assert.Null(backoff.Left);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.NotNull(backoff.NextDelay());
        Assert.Equal(TimeSpan.FromSeconds(4), backoff.Left);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Null(backoff.NextDelay());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void NextDelay_TriedForever_HasNoTime(bool waits, bool stood)
    {
        var backoff = new Backoff(Policy, _time, isStream: true, waits, TimeSpan.FromSeconds(4));
        if (stood)
            backoff.Opened();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.NotNull(backoff.NextDelay());
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(backoff.Left);
        Assert.NotNull(backoff.NextDelay());
    }

    [Fact]
    public void NextDelay_AfterASuccess_BeginsAgain()
    {
        var backoff = new Backoff(Policy, _time);
        for (int i = 0; i < 4; i++)
            backoff.NextDelay();
        backoff.Succeeded();
        Assert.InRange(backoff.NextDelay()!.Value.TotalMilliseconds, 50, 100);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void NextDelay_StreamThatWasOpen_IsRestoredForeverIfThePolicyAllows(bool restoreForever, bool goesOn)
    {
        var backoff = new Backoff(Policy with { RestoreForever = restoreForever }, _time, isStream: true);
        backoff.Opened();
        for (int i = 0; i < 6; i++)
            Assert.NotNull(backoff.NextDelay());
        Assert.Equal(goesOn, backoff.NextDelay() is not null);
    }

    [Fact]
    public void NextDelay_StreamThatNeverOpened_ReturnsNull()
    {
        var backoff = new Backoff(Policy, _time, isStream: true);
        for (int i = 0; i < 6; i++)
            Assert.NotNull(backoff.NextDelay());
        Assert.Null(backoff.NextDelay());
    }

    [Theory]
    [InlineData(0.5, 3)]
    [InlineData(1.5, 1)]
    public void NextDelay_SilentOpenStream_CountsAsASuccessOnceItLasted(double seconds, int failures)
    {
        var backoff = new Backoff(Policy, _time, isStream: true);
        backoff.NextDelay();
        backoff.NextDelay();
        backoff.Opened();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        backoff.NextDelay();
        Assert.Equal(failures, backoff.Failures);
    }

    [Fact]
    public void NextDelay_StreamThatWaitsForTheServer_ContinuesUntilItOpensThenFollowsThePolicy()
    {
        var backoff = new Backoff(Policy with { RestoreForever = false }, _time, isStream: true, waits: true);
        for (int i = 0; i < 20; i++)
            Assert.NotNull(backoff.NextDelay());
        backoff.Succeeded();
        for (int i = 0; i < 6; i++)
            Assert.NotNull(backoff.NextDelay());
        Assert.Null(backoff.NextDelay());
    }

    [Fact]
    public void NextDelay_PermanentFailure_ReturnsNullAtOnce()
    {
        var backoff = new Backoff(Policy, _time, isStream: true, waits: true);
        Assert.Null(backoff.NextDelay(new UnavailableException(Grpc.Core.StatusCode.Unavailable, "wrong port")));
        Assert.NotNull(backoff.NextDelay(new UnavailableException(Grpc.Core.StatusCode.Unavailable, "lost") { IsTransient = true }));
        Assert.Equal("lost", backoff.LastFailure!.Message);
    }

    [Fact]
    public void TakeWarning_FailuresInARow_WarnsOfTheFirstAndThenOnceInAMinute()
    {
        var recovered = new List<bool>();
        var backoff = new Backoff(Policy, _time) { Recovered = recovered.Add };
        Assert.Equal([true, false, false], Enumerable.Range(0, 3).Select(_ => backoff.TakeWarning()));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(backoff.TakeWarning());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(backoff.TakeWarning());
        backoff.Succeeded();
        backoff.Succeeded();
        Assert.True(backoff.TakeWarning());
        Assert.Equal([true, false], recovered);
    }
}
