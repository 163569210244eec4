using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>Channels: durable, ordered logs of codes, with the producers that write them and the named consumers that read them.</summary>
/// <remarks>
/// Calls on a <see cref="ChannelId"/> fail with NotFound (CHANNEL_DELETED) once that channel was deleted, even if a new channel has the
/// same name.
/// </remarks>
internal interface IChannelLog
{
    /// <summary>Creates a channel. One that exists with the same retention is returned unchanged, and is not new.</summary>
    /// <exception cref="RequestException">
    /// AlreadyExists: it exists with another retention. ResourceExhausted: there are too many, or the disk is full.
    /// </exception>
    Task<(ChannelRecord Channel, bool IsNew)> CreateAsync(string name, Retention retention, CancellationToken cancellationToken);

    /// <summary>Returns the channel with this name.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<ChannelRecord> GetAsync(string name, CancellationToken cancellationToken);

    /// <summary>Returns the channels, sorted by name.</summary>
    Task<IReadOnlyList<ChannelRecord>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Deletes a channel, its log, its producers and its consumers.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a producer's stream, durably: under a new epoch, which fences its older streams, or again under the current epoch. The
    /// producer is remembered at least until the stream is closed, even if it sends nothing.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="producer">The producer.</param>
    /// <param name="epoch">0 for a new epoch; otherwise the epoch that an earlier call returned.</param>
    /// <param name="transient">Whether the producer is forgotten soon after its stream is closed.</param>
    /// <param name="owner">
    /// The identity that opens it; null for one without a name. The first identity that opens a producer owns it while it is remembered.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue.</param>
    /// <exception cref="RequestException">
    /// NotFound: the channel. PermissionDenied, PRODUCER_OF_ANOTHER: another identity owns it. Aborted, PRODUCER_FENCED: a newer
    /// epoch was opened. FailedPrecondition, PRODUCER_FORGOTTEN: the epoch is above 0, but the producer is not remembered.
    /// ResourceExhausted: the disk is full, or every producer that the channel may remember has an open stream.
    /// </exception>
    Task<ProducerState> OpenProducerAsync(
        ChannelId channel,
        string producer,
        long epoch,
        bool transient,
        string? owner,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Closes a producer's stream. Forgets a producer that published nothing, and a transient one whose items are all answered.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="producer">The producer.</param>
    /// <param name="epoch">The epoch of the stream.</param>
    /// <param name="answered">Whether every item was answered, so that the stream will not be restored.</param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue.</param>
    Task CloseProducerAsync(ChannelId channel, string producer, long epoch, bool answered, CancellationToken cancellationToken);

    /// <summary>Appends codes; they are durable when the task completes. Calls take effect in the order in which they are made.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="run">The codes; gaps and times of storing in their info are ignored.</param>
    /// <param name="producer">The item's position; null for a producer without a name, whose items are never recognized.</param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue; a call that has one is carried out.</param>
    /// <returns>The outcome; for an item that was sent before, the outcome recorded then.</returns>
    /// <exception cref="RequestException">
    /// NotFound: the channel was deleted. Aborted, PRODUCER_FENCED: a newer epoch was opened. FailedPrecondition, PRODUCER_FORGOTTEN.
    /// OutOfRange: the item's position leaves a gap, or is older than those that are remembered. ResourceExhausted: the disk is full.
    /// </exception>
    Task<ItemOutcome> AppendAsync(ChannelId channel, CodeRun run, ProducerPosition? producer, CancellationToken cancellationToken);

    /// <summary>Records durably that an item was refused, so that it is refused again when it is sent again.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="producer">The item's position.</param>
    /// <param name="refusal">The refusal, opaque to the store.</param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue; a call that has one is carried out.</param>
    /// <returns>The refusal; for an item that was sent before, the outcome recorded then.</returns>
    /// <exception cref="RequestException">As <see cref="AppendAsync"/>.</exception>
    Task<ItemOutcome> RefuseAsync(
        ChannelId channel,
        ProducerPosition producer,
        ReadOnlyMemory<byte> refusal,
        CancellationToken cancellationToken
    );

    /// <summary>Reads codes in order, beginning at a sequence.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="sequence">Sequence of the first code to read.</param>
    /// <param name="bounds">
    /// Where to stop. The work of one call is bounded too: with a filter, it may return no code and a later sequence.
    /// </param>
    /// <param name="filter">Selects codes; null selects all.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The codes, and where to continue: at <paramref name="sequence"/> itself if that is the log's next sequence.</returns>
    /// <exception cref="RequestException">NotFound. OutOfRange: before the log's start or after its end.</exception>
    Task<LogPage> ReadAsync(ChannelId channel, long sequence, ReadBounds bounds, KeyFilter? filter, CancellationToken cancellationToken);

    /// <summary>Reads the newest code of each key, in the order of their sequences.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="after">Only codes after this sequence.</param>
    /// <param name="end">Only codes before this sequence.</param>
    /// <param name="bounds">Where to stop.</param>
    /// <param name="filter">Selects keys; null selects all.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The codes; the page's next sequence is <paramref name="end"/> when there are no more.</returns>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<LogPage> ReadLatestAsync(
        ChannelId channel,
        long after,
        long end,
        ReadBounds bounds,
        KeyFilter? filter,
        CancellationToken cancellationToken
    );

    /// <summary>Returns the sequence of the first code stored at a time or later; the log's next sequence if there is none.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<long> FindSequenceAsync(ChannelId channel, DateTimeOffset storedAt, CancellationToken cancellationToken);

    /// <summary>Waits until the log has a sequence.</summary>
    /// <exception cref="RequestException">NotFound: the channel was deleted, before the call or during it.</exception>
    Task WaitAsync(ChannelId channel, long sequence, CancellationToken cancellationToken);

    /// <summary>Waits until a channel is deleted.</summary>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    Task WhenDeletedAsync(ChannelId channel, CancellationToken cancellationToken);

    /// <summary>Returns the channels that hold codes of a version, sorted by name.</summary>
    Task<IReadOnlyList<VersionCodes>> FindCodesAsync(Digest version, CancellationToken cancellationToken);

    /// <summary>Moves a consumer's committed position, durably; creates the consumer if it is new.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="nextSequence">The first code that it has not yet processed.</param>
    /// <param name="allowRewind">Whether the position may move back; otherwise an earlier one changes nothing.</param>
    /// <param name="cancellationToken">Ends the wait for a place in the queue.</param>
    /// <exception cref="RequestException">
    /// NotFound: the channel. OutOfRange: below 1 or after the log's next. ResourceExhausted: too many consumers.
    /// </exception>
    Task<ConsumerRecord> CommitAsync(
        ChannelId channel,
        string consumer,
        long nextSequence,
        bool allowRewind,
        CancellationToken cancellationToken
    );

    /// <summary>Returns a consumer; null if none has this name.</summary>
    Task<ConsumerRecord?> FindConsumerAsync(ChannelId channel, string consumer, CancellationToken cancellationToken);

    /// <summary>Returns a channel's consumers, sorted by name.</summary>
    Task<IReadOnlyList<ConsumerRecord>> ListConsumersAsync(ChannelId channel, CancellationToken cancellationToken);

    /// <summary>Returns how far consumers of all channels are behind, the furthest first.</summary>
    /// <param name="most">Most consumers to return.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<IReadOnlyList<ConsumerLag>> ListLagsAsync(int most, CancellationToken cancellationToken);

    /// <summary>Forgets a consumer.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task DeleteConsumerAsync(ChannelId channel, string consumer, CancellationToken cancellationToken);

    /// <summary>
    /// Drops codes that their channel's retention no longer keeps, forgets producers that were unused for too long, and returns free space
    /// to the disk.
    /// </summary>
    Task SweepAsync(CancellationToken cancellationToken);
}
