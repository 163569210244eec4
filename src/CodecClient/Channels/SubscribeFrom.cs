namespace Codec.Client;

/// <summary>Selects where a subscription starts.</summary>
public readonly record struct SubscribeFrom
{
    private readonly Place _place;
    private readonly long _number;
    private readonly DateTimeOffset _time;

    private SubscribeFrom(Place place, long number = 0, DateTimeOffset time = default) => (_place, _number, _time) = (place, number, time);

    private enum Place
    {
        Now,
        Start,
        Sequence,
        Last,
        Time,
        LatestOfEachKey,
    }

    /// <summary>Starts at the oldest code in the log.</summary>
    public static SubscribeFrom Start { get; } = new(Place.Start);

    /// <summary>Starts at the next code to be published; the default value.</summary>
    public static SubscribeFrom Now => default;

    /// <summary>
    /// Starts with a snapshot, the newest code of each key in the order of their sequences, and continues with the next code to be
    /// published. The snapshot has no codes without a key.
    /// </summary>
    public static SubscribeFrom LatestOfEachKey { get; } = new(Place.LatestOfEachKey);

    /// <summary>The sequence passed to <see cref="At"/>; otherwise null.</summary>
    internal long? Sequence => _place == Place.Sequence ? _number : null;

    internal bool IsLatestOfEachKey => _place == Place.LatestOfEachKey;

    /// <summary>Starts at a sequence. With the sequence of the next code to be published, the subscription waits for that code.</summary>
    /// <param name="sequence">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sequence"/> is below 1.</exception>
    public static SubscribeFrom At(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        return new SubscribeFrom(Place.Sequence, sequence);
    }

    /// <summary>Starts with the newest codes in the log.</summary>
    /// <remarks>
    /// A filter (<see cref="SubscribeOptions.Keys"/>) applies to the last codes of the whole channel, so fewer than
    /// <paramref name="codes"/> may pass it, or none.
    /// </remarks>
    /// <param name="codes">Number of codes, 1 or more; all codes if the log has fewer.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="codes"/> is below 1.</exception>
    public static SubscribeFrom Last(long codes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(codes, 1);
        return new SubscribeFrom(Place.Last, codes);
    }

    /// <summary>Starts at the first code that was stored at a time or later; if there is none, at the next code to be published.</summary>
    /// <param name="time">The time, by the server's clock.</param>
    public static SubscribeFrom Time(DateTimeOffset time) => new(Place.Time, time: time);

    /// <inheritdoc/>
    public override string ToString() =>
        _place switch
        {
            Place.Start => "from the start",
            Place.Sequence => $"at {_number}",
            Place.Last => $"with the last {_number}",
            Place.Time => $"at {_time:O}",
            Place.LatestOfEachKey => "with the latest of each key",
            _ => "from now",
        };

    /// <summary>Writes the start into a request.</summary>
    internal void WriteTo(V1.SubscribeRequest request)
    {
        switch (_place)
        {
            case Place.Start:
                request.Start = true;
                break;
            case Place.Sequence:
                request.Sequence = _number;
                break;
            case Place.Last:
                request.Last = _number;
                break;
            case Place.Time:
                request.Time = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(_time);
                break;
            case Place.LatestOfEachKey:
                request.LatestOfEachKey = new V1.SubscribeRequest.Types.LatestOfEachKey();
                break;
            default:
                request.Now = true;
                break;
        }
    }
}
