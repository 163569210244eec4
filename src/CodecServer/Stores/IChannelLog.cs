using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>Channels: durable, ordered logs of codes, and the named consumers that read them.</summary>
internal interface IChannelLog
{
    /// <summary>Creates a channel; one that exists with the same retention is returned as it stands.</summary>
    /// <exception cref="RequestException">
    /// AlreadyExists, with another retention. ResourceExhausted: there are too many, or the disk is full.
    /// </exception>
    Task<ChannelRecord> CreateAsync(string name, Retention retention, CancellationToken cancellationToken);

    /// <summary>The channel with this name.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<ChannelRecord> GetAsync(string name, CancellationToken cancellationToken);

    /// <summary>The channels by name.</summary>
    Task<IReadOnlyList<ChannelRecord>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Deletes a channel, its log and its consumers.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a producer's stream: with a new epoch, which fences its older streams, or again with the epoch that it has. Durable. The
    /// producer is remembered until the stream is closed, however long it is silent.
    /// </summary>
    /// <param name="channel">The channel's id.</param>
    /// <param name="producer">The producer.</param>
    /// <param name="epoch">0 for a new epoch; else the epoch that the producer was given.</param>
    /// <param name="transient">Whether the producer is forgotten soon after its stream is closed.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the queue.</param>
    /// <exception cref="RequestException">
    /// NotFound: the channel. Aborted, PRODUCER_FENCED: a newer epoch was opened. FailedPrecondition, PRODUCER_FORGOTTEN: an epoch is
    /// given, but the producer is not remembered. ResourceExhausted: the disk is full, or as many producers as are remembered have open
    /// streams.
    /// </exception>
    Task<ProducerState> OpenProducerAsync(long channel, string producer, long epoch, bool transient, CancellationToken cancellationToken);

    /// <summary>
    /// Closes a producer's stream. Forgets a producer that published nothing, and a transient one whose items are all answered.
    /// </summary>
    /// <param name="channel">The channel's id.</param>
    /// <param name="producer">The producer.</param>
    /// <param name="epoch">The epoch of the stream.</param>
    /// <param name="answered">Whether everything was answered, so that the stream will not be restored.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the queue.</param>
    Task CloseProducerAsync(long channel, string producer, long epoch, bool answered, CancellationToken cancellationToken);

    /// <summary>Appends codes; they are durable when the task completes. Calls take effect in the order in which they are made.</summary>
    /// <param name="channel">The channel's id.</param>
    /// <param name="run">The codes; what their info says of gaps and of the time of storing is ignored.</param>
    /// <param name="producer">The producer's position; null where nothing is to be recognized as sent before.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the queue; what has one is written.</param>
    /// <returns>Where the codes are; or what was recorded when this position came the first time.</returns>
    /// <exception cref="RequestException">
    /// NotFound: the channel was deleted. Aborted, PRODUCER_FENCED: a newer epoch was opened. FailedPrecondition, PRODUCER_FORGOTTEN.
    /// OutOfRange: the producer's position leaves a gap, or is older than what is remembered. ResourceExhausted: the disk is full.
    /// </exception>
    Task<PublicationRecord> AppendAsync(long channel, CodeRun run, ProducerPosition? producer, CancellationToken cancellationToken);

    /// <summary>Records that an item of a producer was refused, so that it is refused again when it is sent again. Durable.</summary>
    /// <param name="channel">The channel's id.</param>
    /// <param name="producer">The producer's position.</param>
    /// <param name="refusal">The answer, to be given again.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the queue; what has one is written.</param>
    /// <returns>The refusal; or what was recorded when this position came the first time.</returns>
    /// <exception cref="RequestException">As <see cref="AppendAsync"/>.</exception>
    Task<PublicationRecord> RefuseAsync(
        long channel,
        ProducerPosition producer,
        ReadOnlyMemory<byte> refusal,
        CancellationToken cancellationToken
    );

    /// <summary>Reads codes in order, from a sequence on.</summary>
    /// <param name="channel">The channel's id.</param>
    /// <param name="sequence">The first code wanted.</param>
    /// <param name="bounds">
    /// Where to stop. The work of a call is bounded too: with a filter it may return no code and a later sequence.
    /// </param>
    /// <param name="filter">Which codes; null takes all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The codes, and where to go on: at the given sequence where it is the log's next.</returns>
    /// <exception cref="RequestException">NotFound. OutOfRange: before the log's start or after its end.</exception>
    Task<LogPage> ReadAsync(long channel, long sequence, ReadBounds bounds, KeyFilter? filter, CancellationToken cancellationToken);

    /// <summary>Reads the newest code of each key, in the order of their sequences.</summary>
    /// <param name="channel">The channel's id.</param>
    /// <param name="after">Only codes after this sequence.</param>
    /// <param name="end">Only codes before this sequence.</param>
    /// <param name="bounds">Where to stop.</param>
    /// <param name="filter">Which keys; null takes all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The codes; the page's next sequence is <paramref name="end"/> when there are no more.</returns>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<LogPage> ReadLatestAsync(
        long channel,
        long after,
        long end,
        ReadBounds bounds,
        KeyFilter? filter,
        CancellationToken cancellationToken
    );

    /// <summary>The sequence of the first code stored at a time or later; the log's next where there is none.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<long> FindSequenceAsync(long channel, DateTimeOffset storedAt, CancellationToken cancellationToken);

    /// <summary>Waits until the log has a sequence.</summary>
    /// <exception cref="RequestException">NotFound: the channel does not exist, or was deleted meanwhile.</exception>
    Task WaitAsync(long channel, long sequence, CancellationToken cancellationToken);

    /// <summary>Waits until a channel is deleted.</summary>
    /// <exception cref="OperationCanceledException">The token was set.</exception>
    Task WhenDeletedAsync(long channel, CancellationToken cancellationToken);

    /// <summary>Whether any channel holds a code of this version.</summary>
    Task<bool> HoldsVersionAsync(Digest version, CancellationToken cancellationToken);

    /// <summary>Moves a consumer's committed position; creates the consumer where it is new. Durable.</summary>
    /// <param name="channel">The channel's id.</param>
    /// <param name="consumer">Its name.</param>
    /// <param name="nextSequence">The first code that it has not yet dealt with.</param>
    /// <param name="allowRewind">Whether the position may move back; if not, an earlier one changes nothing.</param>
    /// <param name="cancellationToken">Gives up waiting for a place in the queue.</param>
    /// <exception cref="RequestException">
    /// NotFound: the channel. OutOfRange: below 1 or after the log's next. ResourceExhausted: too many consumers.
    /// </exception>
    Task<ConsumerRecord> CommitAsync(
        long channel,
        string consumer,
        long nextSequence,
        bool allowRewind,
        CancellationToken cancellationToken
    );

    /// <summary>A consumer; null where none has this name.</summary>
    Task<ConsumerRecord?> FindConsumerAsync(long channel, string consumer, CancellationToken cancellationToken);

    /// <summary>A channel's consumers, by name.</summary>
    Task<IReadOnlyList<ConsumerRecord>> ListConsumersAsync(long channel, CancellationToken cancellationToken);

    /// <summary>Forgets a consumer.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task DeleteConsumerAsync(long channel, string consumer, CancellationToken cancellationToken);

    /// <summary>
    /// Drops codes that have outlived their channel's retention, forgets producers that are due, and gives free pages back to the disk.
    /// </summary>
    Task SweepAsync(CancellationToken cancellationToken);
}
