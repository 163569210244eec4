using Codec.Client.Transport;

namespace Codec.Client.Channels;

/// <summary>Commits, and from the protos' consumers to this library's.</summary>
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
    /// <param name="nextSequence">The first code that it has not yet dealt with.</param>
    /// <param name="allowRewind">
    /// Whether it may move back. A repetition could then undo what came between, so such a call is made once.
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
