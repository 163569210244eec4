using System.Runtime.CompilerServices;
using Codec.Client.Models;
using Codec.Client.Telemetry;
using Codec.Client.Transport;

namespace Codec.Client.Channels;

/// <summary>
/// Subscribes to a channel; each enumeration is a separate subscription. Frames are opened on the thread pool, at most
/// <see cref="CodecClientOptions.ReadAheadBytes"/> ahead of the consumer.
/// </summary>
internal sealed class Subscription<TItem>(
    ServiceConnection connection,
    ModelSource models,
    string channel,
    SubscribeOptions options,
    Func<Arrival, IReadAheadSource<Delivery<TItem>>> open
)
    where TItem : class
{
    public async IAsyncEnumerable<TItem> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var cursor = new SubscriptionCursor(channel, options);
        Backoff backoff = connection.StartStreamBackoff(options.WaitForServer);
        AutoCommit? commits = AutoCommit.Start(connection, channel, options);
        try
        {
            while (true)
            {
                Damage? damage = null;
                var ahead = new ReadAhead<Delivery<TItem>>(connection.Options.ReadAheadBytes, Environment.ProcessorCount);
                var feed = new SubscriptionFeed<TItem>(connection, models, channel, options, open, cursor, backoff, ahead);
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                Task reading = feed.RunAsync(stop.Token);
                try
                {
                    while (damage is not { EndsReading: true } && await ahead.MoveNextAsync(cancellationToken).ConfigureAwait(false))
                    {
                        (TItem? item, long next, damage) = ahead.Current;
                        if (item is not null)
                        {
                            ClientMeter.Delivered(channel, StoredAt(item), connection.Time);
                            yield return item;
                        }

                        if (damage is not null)
                            Skip(damage);
                        commits?.MoveTo(next);
                    }
                }
                finally
                {
                    ahead.Abandon();
                    await stop.CancelAsync().ConfigureAwait(false);
                    await reading.ConfigureAwait(false);
                }

                // The feed ended only because codes were skipped: read on after them.
                cursor = SubscriptionCursor.After(damage!, channel, options);
            }
        }
        finally
        {
            if (commits is not null)
                await commits.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>When the item was stored; of a frame, its last code.</summary>
    private static DateTimeOffset? StoredAt(TItem item) =>
        item switch
        {
            DecodedImage image => image.Info.StoredAt,
            ReceivedFrame { Codes.Count: > 0 } frame => frame.Info[frame.Codes.Count - 1].StoredAt,
            _ => null,
        };

    private void Skip(Damage damage)
    {
        if (!options.SkipDamaged)
            throw damage.Exception;
        SkippedCodes skipped = damage.Skipped;
        ClientLog.Skipped(connection.Log, channel, skipped.FirstSequence, skipped.Count, skipped.Reason);
        options.OnSkipped?.Invoke(skipped);
    }
}
