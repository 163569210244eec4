using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>Moves a client's clock while a server on another thread has its own.</summary>
internal static class FakeTimes
{
    /// <summary>Advances step by step until something is so, and lets what the steps release run in between.</summary>
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
