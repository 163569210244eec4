namespace Codec.Client.Channels;

/// <summary>
/// Where a subscription stands over its connections: what to ask for next, and whether what comes is next. Nothing may come twice or
/// backwards, and nothing may be left out where the server did not say so.
/// </summary>
internal sealed class SubscriptionCursor(string channel, SubscribeOptions options)
{
    /// <summary>The sequence that is next; null before the first position.</summary>
    private long? _next;

    /// <summary>The last sequence of the latest of each key, while there is no position; 0 for none.</summary>
    private long _last;

    private bool _isSparse;
    private bool _hasPosition;

    /// <summary>Whether what comes is the latest of each key, which ends with the first position.</summary>
    public bool IsInLatest => _next is null && options.From.IsLatestOfEachKey;

    /// <summary>The sequence that is next as far as that is known: 1 where it is not.</summary>
    public long Next => _next ?? _last + 1;

    /// <summary>Whether codes may be left out before the next one.</summary>
    public bool IsSparse => _isSparse || IsInLatest;

    /// <summary>The place after codes that are skipped.</summary>
    public static SubscriptionCursor After(Damage damage, string channel, SubscribeOptions options)
    {
        var cursor = new SubscriptionCursor(channel, options);
        cursor.Set(damage.NextSequence, damage.IsInLatest);
        return cursor;
    }

    /// <summary>What to ask for on a new connection.</summary>
    public V1.SubscribeRequest ToRequest()
    {
        var request = new V1.SubscribeRequest
        {
            Channel = channel,
            MaxCodesPerFrame = options.MaxCodesPerFrame,
            Keys = { options.Keys },
            KeyPrefixes = { options.KeyPrefixes },
            StoredTimes = options.StoredTimes,
            SkipDamaged = options.SkipDamaged,
        };
        _hasPosition = false;
        if (_next is { } next)
        {
            // Without the consumer: its committed position would win over the sequence, and codes would come twice.
            request.Sequence = next;
            return request;
        }

        options.From.WriteTo(request);
        if (_last > 0)
            request.LatestOfEachKey.AfterSequence = _last;
        else
            request.Consumer = options.Consumer ?? "";
        return request;
    }

    /// <summary>Takes a position.</summary>
    /// <exception cref="CorruptDataException">It lies before what is next, or leaves out what it may not.</exception>
    public void MoveTo(V1.SubscribeResponse.Types.Position position)
    {
        // A consumer begins where it committed, which only the server knows.
        long? expected = _next ?? (options.Consumer is null ? options.From.Sequence : null);
        bool fits =
            position.NextSequence > _last
            && (expected is not { } next || position.NextSequence == next || (position.Sparse && position.NextSequence > next));
        if (!fits)
            throw Unexpected($"the position {position.NextSequence}", expected ?? _last + 1);
        (_next, _isSparse, _hasPosition) = (position.NextSequence, position.Sparse, true);
    }

    /// <summary>
    /// The codes that are left out before a sequence though they may not be: where the log has a hole. Goes on after them.
    /// </summary>
    /// <returns>The first of them; null where none is left out.</returns>
    public long? PassHole(long first)
    {
        if (!_hasPosition || IsSparse || first <= Next)
            return null;
        long missing = Next;
        Set(first, isInLatest: false);
        return missing;
    }

    /// <summary>Checks a frame's first sequence, before anything else of the frame is looked at.</summary>
    /// <exception cref="CorruptDataException">It is not what is next.</exception>
    public void Check(long first)
    {
        if (!_hasPosition && !IsInLatest)
        {
            throw new CorruptDataException(
                $"The channel {channel} sent a frame before its position; the server may be of another release."
            );
        }

        if (first != Next && !(IsSparse && first > Next))
            throw Unexpected($"the sequence {first}", Next);
    }

    /// <summary>Takes codes whose first sequence was checked.</summary>
    public void Take(long last) => Set(checked(last + 1), IsInLatest);

    private void Set(long next, bool isInLatest)
    {
        if (isInLatest)
            _last = next - 1;
        else
            _next = next;
    }

    private CorruptDataException Unexpected(string what, long next) => new($"The channel {channel} sent {what} where {next} is next.");
}
