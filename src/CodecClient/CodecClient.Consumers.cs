using Codec.Client.Channels;
using Codec.Client.Transport;

namespace Codec.Client;

public partial class CodecClient
{
    /// <summary>
    /// Commits the position of a named consumer: its next subscription starts after this code. Creates the consumer if it does not exist. A
    /// position before the committed one changes nothing.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="consumer">The consumer's name, as in <see cref="SubscribeOptions.Consumer"/>.</param>
    /// <param name="sequence">Sequence of the last processed code, 1 or more; all codes before it count as processed too.</param>
    /// <param name="cancellationToken">Stops waiting; the position may have been committed.</param>
    /// <returns>The consumer after the call.</returns>
    /// <exception cref="ArgumentException">A name is invalid, or <paramref name="sequence"/> is out of range.</exception>
    /// <exception cref="NotFoundException">The channel does not exist.</exception>
    /// <exception cref="SequenceException">The channel does not have this code yet.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<ConsumerInfo> CommitAsync(
        string channel,
        string consumer,
        long sequence,
        CancellationToken cancellationToken = default
    )
    {
        RequireConsumer(channel, consumer);
        if (sequence is < 1 or long.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(sequence),
                $"sequence {sequence} is out of range; sequences are 1 to {long.MaxValue - 1}."
            );
        }

        return ConsumerMessages.CommitAsync(Connection, channel, consumer, sequence + 1, allowRewind: false, cancellationToken);
    }

    /// <summary>
    /// Moves a named consumer to a position, forward or back; its next subscription starts there. Creates the consumer if it does not
    /// exist.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="nextSequence">Sequence of the code to receive next; 1 to the channel's next sequence.</param>
    /// <param name="cancellationToken">Stops waiting; the consumer may have been moved.</param>
    /// <returns>The consumer after the call.</returns>
    /// <exception cref="ArgumentException">A name is invalid, or <paramref name="nextSequence"/> is below 1.</exception>
    /// <exception cref="NotFoundException">The channel does not exist.</exception>
    /// <exception cref="SequenceException">The position is after the channel's end.</exception>
    /// <exception cref="CodecException">The call failed; if only the answer was lost, the consumer may have been moved.</exception>
    public virtual Task<ConsumerInfo> SeekConsumerAsync(
        string channel,
        string consumer,
        long nextSequence,
        CancellationToken cancellationToken = default
    )
    {
        RequireConsumer(channel, consumer);
        if (nextSequence < 1)
            throw new ArgumentOutOfRangeException(nameof(nextSequence), $"sequence {nextSequence} is out of range; sequences begin at 1.");
        return ConsumerMessages.CommitAsync(Connection, channel, consumer, nextSequence, allowRewind: true, cancellationToken);
    }

    /// <summary>Lists the named consumers of a channel with their lag, sorted by name.</summary>
    /// <exception cref="NotFoundException">The channel does not exist.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<IReadOnlyList<ConsumerInfo>> ListConsumersAsync(string channel, CancellationToken cancellationToken = default)
    {
        RequireChannel(channel, nameof(channel));
        return Connection.ListAsync(
            $"list the consumers of {channel}",
            (page, options) =>
                Connection.Channels.ListConsumersAsync(new V1.ListConsumersRequest { Channel = channel, PageToken = page }, options),
            answer => answer.Consumers.Select(ConsumerMessages.ToConsumerInfo),
            answer => answer.NextPageToken,
            cancellationToken
        );
    }

    /// <summary>Deletes a named consumer and its position.</summary>
    /// <exception cref="NotFoundException">The channel or the consumer does not exist.</exception>
    /// <exception cref="CodecException">The call failed; if only the answer was lost, the consumer may have been deleted.</exception>
    public virtual Task DeleteConsumerAsync(string channel, string consumer, CancellationToken cancellationToken = default)
    {
        RequireConsumer(channel, consumer);
        return Connection.CallAsync(
            $"delete the consumer {consumer} of {channel}",
            options =>
                Connection.Channels.DeleteConsumerAsync(new V1.DeleteConsumerRequest { Channel = channel, Consumer = consumer }, options),
            repeatable: false,
            cancellationToken
        );
    }

    private static void RequireConsumer(string channel, string consumer)
    {
        RequireChannel(channel, nameof(channel));
        RequireName(consumer, "consumer", nameof(consumer));
    }
}
