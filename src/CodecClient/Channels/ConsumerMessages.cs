using Codec.Client.Transport;

namespace Codec.Client.Channels;

/// <summary>Commits positions of consumers, and converts messages about consumers to this library's types.</summary>
internal static class ConsumerMessages
{
    public static ConsumerInfo ToConsumerInfo(this V1.ConsumerInfo? consumer) =>
        consumer is null
            ? throw new CorruptDataException("The server's answer has no consumer; it may be of another release.")
            : new ConsumerInfo(consumer.Name, consumer.NextSequence, consumer.Lag, ModelMessages.ToTime(consumer.CommittedAt));

    /// <summary>Moves a consumer's position.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="consumer">The consumer.</param>
    /// <param name="nextSequence">Sequence of the first code that it has not processed.</param>
    /// <param name="allowRewind">
    /// Whether the position may move back. Repeating such a call could undo a later commit, so it is made only once.
    /// </param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<ConsumerInfo> CommitAsync(
        ServiceConnection connection,
        string channel,
        string consumer,
        long nextSequence,
        bool allowRewind,
        CancellationToken cancellationToken
    )
    {
        var request = new V1.CommitConsumerRequest
        {
            Channel = channel,
            Consumer = consumer,
            NextSequence = nextSequence,
            AllowRewind = allowRewind,
        };
        V1.CommitConsumerResponse response = await connection
            .CallAsync(
                $"commit {consumer} of {channel}",
                options => connection.Channels.CommitConsumerAsync(request, options),
                repeatable: !allowRewind,
                cancellationToken
            )
            .ConfigureAwait(false);
        return response.Consumer.ToConsumerInfo();
    }
}
