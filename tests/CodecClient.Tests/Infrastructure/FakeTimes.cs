using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>Advances a client's clock while a server on another thread has its own.</summary>
internal static class FakeTimes
{
    /// <summary>Advances the clock step by step until a condition holds; in between, the work that a step releases can run.</summary>
    public static async Task AdvanceUntilAsync(this FakeTimeProvider time, TimeSpan step, Func<bool> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!done())
        {
            time.Advance(step);
            await Task.Delay(1, patience.Token);
        }
    }
}
