using Codec.Client.Channels;
using Codec.Models;

namespace Codec.Client;

public sealed partial class CodecClient
{
    /// <summary>
    /// Commits what a named consumer has dealt with: its next subscription begins after it. Makes the consumer where there is none. A
    /// position before the committed one changes nothing.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="consumer">The consumer's name, as in <see cref="SubscribeOptions.Consumer"/>.</param>
    /// <param name="sequence">The last code that was dealt with, and all before it: 1 or more.</param>
    /// <param name="cancellationToken">Stops waiting; the position may have been committed.</param>
    /// <returns>The consumer as it now stands.</returns>
    /// <exception cref="NotFoundException">There is no such channel.</exception>
    /// <exception cref="SequenceException">The channel has no such code yet.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public Task<ConsumerInfo> CommitAsync(string channel, string consumer, long sequence, CancellationToken cancellationToken = default)
    {
        RequireConsumer(channel, consumer);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        ArgumentOutOfRangeException.ThrowIfEqual(sequence, long.MaxValue);
        return ConsumerMessages.CommitAsync(_connection, channel, consumer, sequence + 1, allowRewind: false, cancellationToken);
    }

    /// <summary>
    /// Moves a named consumer to a position, forth or back; its next subscription begins there. Makes the consumer where there is none.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="nextSequence">The code that it is to get next: 1 or more, at most the channel's next.</param>
    /// <param name="cancellationToken">Stops waiting; it may have been moved.</param>
    /// <returns>The consumer as it now stands.</returns>
    /// <exception cref="NotFoundException">There is no such channel.</exception>
    /// <exception cref="SequenceException">The position is after the channel's end.</exception>
    /// <exception cref="CodecException">The call failed; where the answer was lost, the consumer may have been moved.</exception>
    public Task<ConsumerInfo> SeekConsumerAsync(
        string channel,
        string consumer,
        long nextSequence,
        CancellationToken cancellationToken = default
    )
    {
        RequireConsumer(channel, consumer);
        ArgumentOutOfRangeException.ThrowIfLessThan(nextSequence, 1);
        return ConsumerMessages.CommitAsync(_connection, channel, consumer, nextSequence, allowRewind: true, cancellationToken);
    }

    /// <summary>Lists the named consumers of a channel with their lag, by name.</summary>
    /// <exception cref="NotFoundException">There is no such channel.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public async Task<IReadOnlyList<ConsumerInfo>> ListConsumersAsync(string channel, CancellationToken cancellationToken = default)
    {
        RequireChannel(channel, nameof(channel));
        V1.ListConsumersResponse response = await _connection
            .CallAsync(
                $"list the consumers of {channel}",
                options => _connection.Channels.ListConsumersAsync(new V1.ListConsumersRequest { Channel = channel }, options),
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        return [.. response.Consumers.Select(ConsumerMessages.ToConsumerInfo)];
    }

    /// <summary>Makes the server forget a named consumer and its position.</summary>
    /// <exception cref="NotFoundException">There is no such channel or consumer.</exception>
    /// <exception cref="CodecException">The call failed; where the answer was lost, the consumer may have been deleted.</exception>
    public Task DeleteConsumerAsync(string channel, string consumer, CancellationToken cancellationToken = default)
    {
        RequireConsumer(channel, consumer);
        return _connection.CallAsync(
            $"delete the consumer {consumer} of {channel}",
            options =>
                _connection.Channels.DeleteConsumerAsync(new V1.DeleteConsumerRequest { Channel = channel, Consumer = consumer }, options),
            repeatable: false,
            cancellationToken
        );
    }

    private static void RequireConsumer(string channel, string consumer)
    {
        RequireChannel(channel, nameof(channel));
        ArgumentNullException.ThrowIfNull(consumer);
        if (!ModelLimits.IsName(consumer))
        {
            throw new ArgumentException(
                $"'{consumer}' is not a consumer's name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.",
                nameof(consumer)
            );
        }
    }
}
