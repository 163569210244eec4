namespace Codec.Server.Stores;

/// <summary>A channel as it stands.</summary>
/// <param name="Id">Names it for the store: another for a channel that is created again under the same name.</param>
/// <param name="Name">Its name.</param>
/// <param name="RetainCodes">How many codes it keeps at least; 0 keeps all.</param>
/// <param name="FirstSequence">Sequence of the oldest code; <paramref name="NextSequence"/> where the log is empty.</param>
/// <param name="NextSequence">Sequence that the next code will have; the first code has 1.</param>
/// <param name="CreatedAt">When it was created.</param>
internal sealed record ChannelRecord(
    long Id, string Name, long RetainCodes, long FirstSequence, long NextSequence, DateTimeOffset CreatedAt)
{
    /// <summary>Requires that reading may begin at a sequence: in the log, or the next to come.</summary>
    /// <exception cref="RequestException">OutOfRange, with both ends of the log.</exception>
    public void RequireReadable(long sequence)
    {
        if (sequence < FirstSequence || sequence > NextSequence)
        {
            throw new RequestException(
                RequestError.OutOfRange,
                "SEQUENCE_OUT_OF_RANGE",
                $"sequence: {sequence}; the log of '{Name}' begins at {FirstSequence}, and {NextSequence} is its next.")
            {
                Metadata = new Dictionary<string, string>
                {
                    ["first_sequence"] = $"{FirstSequence}",
                    ["next_sequence"] = $"{NextSequence}",
                },
            };
        }
    }
}

/// <summary>Codes of one version and quality, in order.</summary>
/// <param name="Version">The version that encoded them.</param>
/// <param name="Quality">Their quality.</param>
/// <param name="Codes">One or more.</param>
internal sealed record CodeRun(Digest Version, int Quality, IReadOnlyList<ReadOnlyMemory<byte>> Codes);

/// <summary>Codes with the sequence of the first; the others follow it one by one.</summary>
internal sealed record StoredRun(long FirstSequence, CodeRun Run);

/// <summary>Who publishes, for recognising what is sent twice.</summary>
/// <param name="Name">The producer.</param>
/// <param name="Sequence">Grows by one with each run that it publishes; the first is 1.</param>
internal readonly record struct ProducerPosition(string Name, long Sequence);

/// <summary>Where codes stand in a log.</summary>
internal readonly record struct LogPosition(long FirstSequence, int Count);

/// <summary>Channels: durable, ordered logs of codes.</summary>
internal interface IChannelLog
{
    /// <summary>Creates a channel; one that exists with the same retention is returned as it stands.</summary>
    /// <exception cref="RequestException">AlreadyExists, with another retention. ResourceExhausted: there are too many, or the disk is full.</exception>
    Task<ChannelRecord> CreateAsync(string name, long retainCodes, CancellationToken cancellationToken);

    /// <summary>The channel with this name.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<ChannelRecord> GetAsync(string name, CancellationToken cancellationToken);

    /// <summary>The channels by name.</summary>
    Task<IReadOnlyList<ChannelRecord>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Deletes a channel and its log.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Appends codes; they are durable when the task completes. Calls take effect in the order in which they are made.</summary>
    /// <param name="channel">The channel's id.</param>
    /// <param name="run">The codes.</param>
    /// <param name="producer">The producer's position; null where nothing is to be recognised as sent before.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the queue; what has one is written.</param>
    /// <returns>Where the codes are, or were when this position was published the first time.</returns>
    /// <exception cref="RequestException">
    /// NotFound. OutOfRange: the producer's position leaves a gap, or is older than what is remembered. ResourceExhausted: the disk is full.
    /// </exception>
    Task<LogPosition> AppendAsync(long channel, CodeRun run, ProducerPosition? producer, CancellationToken cancellationToken);

    /// <summary>The largest position of a producer that the log has; 0 if none.</summary>
    Task<long> GetProducerSequenceAsync(long channel, string producer, CancellationToken cancellationToken);

    /// <summary>Reads runs in order, from the one that holds a sequence.</summary>
    /// <param name="channel">The channel's id.</param>
    /// <param name="sequence">The first code wanted; the first run begins exactly there.</param>
    /// <param name="maxCodes">Stops after the run that reaches this many codes.</param>
    /// <param name="maxBytes">Stops after the run that reaches this many bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Runs without a gap; none where the sequence is the log's next.</returns>
    /// <exception cref="RequestException">NotFound. OutOfRange: before the log's start or after its end. DataLoss: a stored frame is damaged.</exception>
    Task<IReadOnlyList<StoredRun>> ReadAsync(long channel, long sequence, int maxCodes, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Waits until the log has a sequence.</summary>
    /// <exception cref="RequestException">NotFound: the channel does not exist, or was deleted meanwhile.</exception>
    Task WaitAsync(long channel, long sequence, CancellationToken cancellationToken);

    /// <summary>Whether any channel holds a code of this version.</summary>
    Task<bool> HoldsVersionAsync(Digest version, CancellationToken cancellationToken);
}
