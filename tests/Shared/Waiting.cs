namespace Codec.Tests.Shared;

/// <summary>Waits, with a limit, for something that has no event of its own.</summary>
public static class Waiting
{
    /// <summary>Longest wait: long enough for a busy machine, short enough for a test that hangs to name the reason.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Polls a condition until it holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">The condition did not hold within <see cref="Patience"/>.</exception>
    public static Task UntilAsync(Func<bool> condition, string what, CancellationToken cancellationToken) =>
        UntilAsync(() => Task.FromResult(condition()), what, cancellationToken);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string, CancellationToken)"/>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"{what}: not within {Patience.TotalSeconds} s.");
            await Task.Delay(Interval, cancellationToken);
        }
    }
}
