using System.Runtime.CompilerServices;
using Codec.Models;
using Codec.Server.Limits;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Channels;

/// <summary>Reads channels for subscribers: a snapshot if they request one, the log from a sequence on, then each new code.</summary>
internal sealed class Subscriptions(
    IChannelLog log,
    IModelRegistry registry,
    ServerLimits limits,
    SharedFrames frames,
    IOptions<ChannelOptions> options,
    TimeProvider time,
    ILogger<Subscriptions> logger
)
{
    /// <summary>
    /// Number of sequences without a selected code after which a subscriber gets its position. Without such positions, retention could
    /// overtake a position that is old only because no code matched, and a consumer's lag would be overstated; a message for each skipped
    /// code would cost too much.
    /// </summary>
    private const long PositionInterval = 1024;

    /// <summary>Time after which a subscriber gets its position if any code was skipped.</summary>
    private static readonly TimeSpan PositionPeriod = TimeSpan.FromSeconds(5);

    /// <summary>Fixes a subscription's position in the log.</summary>
    /// <exception cref="RequestException">
    /// NotFound. OutOfRange: the sequence is before the log's start or after its end.
    /// </exception>
    public async Task<Subscription> OpenAsync(SubscriptionRequest request, CancellationToken cancellationToken)
    {
        ChannelRecord channel = await log.GetAsync(request.Channel, cancellationToken);
        ConsumerRecord? consumer = request.Consumer is { } name ? await log.FindConsumerAsync(channel.Id, name, cancellationToken) : null;
        (long sequence, long? snapshotAfter) = consumer is null
            ? await FindStartAsync(request.Start, channel, cancellationToken)
            : (consumer.NextSequence, null);
        RequireReadable(channel, sequence, consumer);
        return new Subscription(
            channel,
            sequence,
            snapshotAfter,
            request.Filter,
            request.MaxCodes == 0 ? options.Value.CodesPerFrame : request.MaxCodes,
            request.StoredTimes,
            request.SkipDamaged
        );
    }

    /// <summary>
    /// Yields the snapshot, the position, then versions and frames without end. No code waits for others to fill a frame.
    /// </summary>
    /// <param name="payer">Who subscribes.</param>
    /// <param name="subscription">The subscription.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RequestException">
    /// NotFound: the channel was deleted. OutOfRange: retention overtook the subscriber. DataLoss: stored codes are damaged; the codes
    /// before them were yielded.
    /// </exception>
    public async IAsyncEnumerable<SubscriptionEvent> ReadAsync(
        Payer payer,
        Subscription subscription,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var bounds = new ReadBounds(subscription.MaxCodes, options.Value.FrameBytes);
        var assembler = new FrameAssembler(bounds.MaxCodes, bounds.MaxBytes, subscription.StoredTimes);
        ChannelId channel = subscription.Channel.Id;
        Digest? version = null;
        long? snapshot = subscription.SnapshotAfter;
        long next = subscription.Sequence;
        long announced = next;
        long announcedAt = time.GetTimestamp();
        if (snapshot is null)
            yield return new PositionReached(next, subscription.IsSparse);

        StoredDamage? damage = null;
        using var large = new LargeCodes(limits, payer, 2 * bounds.MaxBytes);
        while (true)
        {
            if (!assembler.IsFull)
                large.Release();

            bool progressed = false;
            if (!assembler.IsFull && damage is null)
            {
                LogPage page = await large.ReadAsync(
                    async () =>
                        snapshot is { } after
                            ? await log.ReadLatestAsync(
                                channel,
                                after,
                                subscription.Sequence,
                                bounds,
                                subscription.Filter,
                                cancellationToken
                            )
                            : await log.ReadAsync(channel, next, bounds, subscription.Filter, cancellationToken),
                    cancellationToken
                );
                assembler.Add(page.Codes);
                damage = page.Damage;
                if (snapshot is null)
                {
                    progressed = page.NextSequence > next;
                    next = page.NextSequence;
                }
                else
                {
                    progressed = true;
                    snapshot = page.NextSequence - 1;
                }
            }

            if (assembler.Take() is { } frame)
            {
                (announced, announcedAt) = (frame.NextSequence, time.GetTimestamp());
                if (frame.Run.Version != version)
                {
                    if (await registry.FindVersionAsync(frame.Run.Version, cancellationToken) is not { } found)
                    {
                        yield return ReportUndecodable(subscription, frame);
                        continue;
                    }

                    version = found.Digest;
                    yield return new VersionChanged(found.Model, found.Digest, frame.FirstSequence);
                }

                byte[] packed =
                    subscription.IsSparse || snapshot is not null || large.HoldsRoom
                        ? SharedFrames.Write(frame)
                        : frames.Pack(channel, frame, subscription.StoredTimes);
                yield return new FrameRead(frame.FirstSequence, packed, large.HoldsRoom);
            }
            else if (damage is not null)
            {
                yield return Report(subscription, damage);
                announced = damage.FirstSequence + damage.Count;
                damage = null;
            }
            else if (snapshot >= subscription.Sequence - 1)
            {
                snapshot = null;
                announced = next;
                yield return new PositionReached(next, subscription.IsSparse);
            }
            else if (snapshot is null && IsPositionDue(next - announced, announcedAt))
            {
                (announced, announcedAt) = (next, time.GetTimestamp());
                yield return new PositionReached(next, subscription.IsSparse);
            }
            else if (!progressed)
            {
                await log.WaitAsync(channel, next, cancellationToken);
            }
        }
    }

    /// <exception cref="RequestException">OutOfRange; the message names the consumer if its committed position is the reason.</exception>
    private static void RequireReadable(ChannelRecord channel, long sequence, ConsumerRecord? consumer)
    {
        try
        {
            channel.RequireReadable(sequence);
        }
        catch (RequestException exception) when (consumer is not null)
        {
            throw new RequestException(
                exception.Error,
                exception.Reason,
                $"The consumer '{consumer.Name}' has committed {sequence}. {exception.Message} Commit a position that is in the log to continue there."
            )
            {
                Metadata = exception.Metadata,
            };
        }
    }

    private bool IsPositionDue(long passed, long announcedAt) =>
        passed >= PositionInterval || (passed > 0 && time.GetElapsedTime(announcedAt) >= PositionPeriod);

    /// <summary>Reports codes whose version was deleted by force.</summary>
    private static DamageSkipped ReportUndecodable(Subscription subscription, AssembledFrame frame)
    {
        string message =
            $"The codes {frame.FirstSequence} to {frame.NextSequence - 1} of '{subscription.Channel.Name}' cannot be decoded: "
            + $"their version {frame.Run.Version} was deleted.";
        return Report(subscription, frame.FirstSequence, frame.NextSequence - frame.FirstSequence, "VERSION_DELETED", message);
    }

    private DamageSkipped Report(Subscription subscription, StoredDamage damage)
    {
        long last = damage.FirstSequence + damage.Count - 1;
        ServerLog.CodesDamaged(logger, subscription.Channel.Name, damage.FirstSequence, last, damage.Message);
        string message =
            $"The codes {damage.FirstSequence} to {last} of '{subscription.Channel.Name}' are damaged in the store: {damage.Message}";
        return Report(subscription, damage.FirstSequence, damage.Count, "STORED_CODES_DAMAGED", message);
    }

    /// <summary>Reports codes that cannot be sent: as an event to a subscriber that skips them, as the end to any other.</summary>
    private static DamageSkipped Report(Subscription subscription, long first, long count, string reason, string message) =>
        subscription.SkipDamaged
            ? new DamageSkipped(first, count, message)
            : throw new RequestException(
                RequestError.DataLoss,
                reason,
                $"{message} Continue at {first + count}, or subscribe with skip_damaged."
            )
            {
                Metadata = new Dictionary<string, string> { ["first_sequence"] = $"{first}", ["next_sequence"] = $"{first + count}" },
            };

    private async Task<(long Sequence, long? SnapshotAfter)> FindStartAsync(
        SubscriptionStart start,
        ChannelRecord channel,
        CancellationToken cancellationToken
    )
    {
        switch (start)
        {
            case StartNow:
                return (channel.NextSequence, null);
            case StartAtOldest:
                return (channel.FirstSequence, null);
            case StartAtSequence at:
                return (at.Sequence, null);
            case StartWithLast last:
                return (Math.Max(channel.FirstSequence, channel.NextSequence - last.Count), null);
            case StartAtTime from:
                return (await log.FindSequenceAsync(channel.Id, from.StoredAt, cancellationToken), null);
            case StartWithLatestOfEachKey latest:
                if (latest.After >= channel.NextSequence)
                    channel.RequireReadable(Math.Max(latest.After, channel.NextSequence + 1));

                return (channel.NextSequence, latest.After);
            default:
                throw new InvalidOperationException($"{start.GetType().Name} has no position.");
        }
    }
}
