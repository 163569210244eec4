namespace Codec.Client;

/// <summary>Where a subscription begins.</summary>
public readonly record struct SubscribeFrom
{
    private SubscribeFrom(long? sequence, bool isStart) => (Sequence, IsStart) = (sequence, isStart);

    /// <summary>At the oldest code in the log.</summary>
    public static SubscribeFrom Start { get; } = new(null, isStart: true);

    /// <summary>At the next code to be published; this is the default value.</summary>
    public static SubscribeFrom Now => default;

    /// <summary>The sequence, where one was given.</summary>
    internal long? Sequence { get; }

    internal bool IsStart { get; }

    /// <summary>At a sequence; the one that the next code will have is allowed, and waits.</summary>
    /// <param name="sequence">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">sequence is below 1.</exception>
    public static SubscribeFrom At(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        return new SubscribeFrom(sequence, isStart: false);
    }

    /// <inheritdoc/>
    public override string ToString() => Sequence is { } sequence ? $"at {sequence}" : IsStart ? "from the start" : "from now";
}
