namespace Codec.Client;

/// <summary>Where a subscription begins.</summary>
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

    /// <summary>At the oldest code in the log.</summary>
    public static SubscribeFrom Start { get; } = new(Place.Start);

    /// <summary>At the next code to be published; this is the default value.</summary>
    public static SubscribeFrom Now => default;

    /// <summary>
    /// With the newest code of each key, in the order of their sequences, then with the next code to be published. Codes without a key are
    /// not among the first.
    /// </summary>
    public static SubscribeFrom LatestOfEachKey { get; } = new(Place.LatestOfEachKey);

    /// <summary>The sequence, where one was given.</summary>
    internal long? Sequence => _place == Place.Sequence ? _number : null;

    internal bool IsLatestOfEachKey => _place == Place.LatestOfEachKey;

    /// <summary>At a sequence; the one that the next code will have is allowed, and waits.</summary>
    /// <param name="sequence">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">sequence is below 1.</exception>
    public static SubscribeFrom At(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        return new SubscribeFrom(Place.Sequence, sequence);
    }

    /// <summary>With the newest codes in the log.</summary>
    /// <remarks>
    /// With a filter (<see cref="SubscribeOptions.Keys"/>), these are the last codes of the channel, of which those come that pass it:
    /// fewer than asked for, or none.
    /// </remarks>
    /// <param name="codes">How many, 1 or more; where there are fewer, all.</param>
    /// <exception cref="ArgumentOutOfRangeException">codes is below 1.</exception>
    public static SubscribeFrom Last(long codes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(codes, 1);
        return new SubscribeFrom(Place.Last, codes);
    }

    /// <summary>At the first code that was stored at a time or later; where there is none, at the next.</summary>
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

    /// <summary>Writes it into a request.</summary>
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
