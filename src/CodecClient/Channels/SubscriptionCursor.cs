namespace Codec.Client.Channels;

/// <summary>
/// Keeps a subscription's position across its connections: builds the next request and checks every sequence that arrives. No sequence may
/// repeat or go back, and none may be missing unless the server announced it.
/// </summary>
internal sealed class SubscriptionCursor(string channel, SubscribeOptions options)
{
    /// <summary>The next sequence; null before the first position.</summary>
    private long? _next;

    /// <summary>The last sequence of the snapshot (the latest code of each key), before the first position; 0 for none.</summary>
    private long _last;

    private bool _isSparse;
    private bool _hasPosition;

    /// <summary>Whether the snapshot of the latest code of each key is being received; it ends with the first position.</summary>
    public bool IsInLatest => _next is null && options.From.IsLatestOfEachKey;

    /// <summary>The next sequence, as far as it is known; otherwise 1.</summary>
    public long Next => _next ?? _last + 1;

    /// <summary>Whether sequences may be missing before the next code.</summary>
    public bool IsSparse => _isSparse || IsInLatest;

    /// <summary>Creates the cursor after skipped codes.</summary>
    public static SubscriptionCursor After(Damage damage, string channel, SubscribeOptions options)
    {
        var cursor = new SubscriptionCursor(channel, options);
        cursor.Set(damage.NextSequence, damage.IsInLatest);
        return cursor;
    }

    /// <summary>Builds the request for a new connection.</summary>
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
            // Without the consumer: its committed position would override the sequence and repeat codes.
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

    /// <summary>Moves to a position that the server sent.</summary>
    /// <exception cref="CorruptDataException">
    /// The position is before the next sequence, or skips codes that must not be missing.
    /// </exception>
    public void MoveTo(V1.SubscribeResponse.Types.Position position)
    {
        // A consumer starts at its committed position, which only the server knows.
        long? expected = _next ?? (options.Consumer is null ? options.From.Sequence : null);
        bool fits =
            position.NextSequence > _last
            && (expected is not { } next || position.NextSequence == next || (position.Sparse && position.NextSequence > next));
        if (!fits)
            throw Unexpected($"the position {position.NextSequence}", expected ?? _last + 1);
        (_next, _isSparse, _hasPosition) = (position.NextSequence, position.Sparse, true);
    }

    /// <summary>
    /// Moves over codes that are missing before a sequence although none may be: the log has a gap.
    /// </summary>
    /// <returns>The first missing sequence; null if none is missing.</returns>
    public long? PassHole(long first)
    {
        if (!_hasPosition || IsSparse || first <= Next)
            return null;
        long missing = Next;
        Set(first, isInLatest: false);
        return missing;
    }

    /// <summary>Checks the first sequence of a frame or of damaged codes, before the rest of the message.</summary>
    /// <exception cref="CorruptDataException">It is not the next sequence.</exception>
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

    /// <summary>Moves after codes whose first sequence was checked.</summary>
    public void Take(long last) => Set(checked(last + 1), IsInLatest);

    private void Set(long next, bool isInLatest)
    {
        if (isInLatest)
            _last = next - 1;
        else
            _next = next;
    }

    private CorruptDataException Unexpected(string what, long next) => new($"The channel {channel} sent {what}, expected {next}.");
}
