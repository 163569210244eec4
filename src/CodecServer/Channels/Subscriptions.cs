using System.Runtime.CompilerServices;
using Codec.Frames;
using Codec.Models;
using Codec.Server.Options;
using Codec.Server.Services;
using Codec.Server.Stores;
using Google.Protobuf;
using Microsoft.Extensions.Options;

namespace Codec.Server.Channels;

/// <summary>A subscription whose place in the log is fixed.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Sequence">Where the log is read from, after the snapshot where there is one.</param>
/// <param name="SnapshotAfter">Before that, the newest code of each key after this sequence; null for no snapshot.</param>
/// <param name="Filter">Which codes; null takes all.</param>
/// <param name="MaxCodes">Most codes in a frame.</param>
/// <param name="StoredTimes">Whether frames carry the time at which each code was stored.</param>
/// <param name="SkipDamaged">Whether damaged codes are reported and passed over.</param>
internal sealed record Subscription(
    ChannelRecord Channel,
    long Sequence,
    long? SnapshotAfter,
    KeyFilter? Filter,
    int MaxCodes,
    bool StoredTimes,
    bool SkipDamaged
)
{
    /// <summary>Whether codes may be left out between those that are sent.</summary>
    public bool IsSparse => Filter is not null || Channel.Retention.LatestOfEachKey;
}

/// <summary>What subscribers get: a snapshot where they ask for one, the log from a sequence on, then its live tail.</summary>
internal sealed class Subscriptions(
    IChannelLog log,
    IModelRegistry registry,
    IOptions<ChannelOptions> options,
    TimeProvider time,
    ILogger<Subscriptions> logger
)
{
    /// <summary>
    /// A subscriber is told its position after so many sequences without a code for it, or so long: retention must not overtake a position
    /// that is only old because nothing matched, a consumer's lag should be near the truth, and a message for each would cost more than it
    /// says.
    /// </summary>
    private const long PositionInterval = 1024;

    private static readonly TimeSpan PositionPeriod = TimeSpan.FromSeconds(5);

    /// <summary>Fixes a subscription's place in the log.</summary>
    /// <exception cref="RequestException">
    /// NotFound. InvalidArgument: a field is outside its range. OutOfRange: the sequence is before the log's start or after its end.
    /// </exception>
    public async Task<Subscription> OpenAsync(V1.SubscribeRequest request, CancellationToken cancellationToken)
    {
        int maxCodes = (int)Require.Range("max_codes_per_frame", request.MaxCodesPerFrame, ModelLimits.MaxCodesPerFrame);
        KeyFilter? filter = Require.Filter(request.Keys, request.KeyPrefixes);
        if (request.Consumer.Length > 0)
        {
            Require.Name("consumer", request.Consumer);
        }

        ChannelRecord channel = await log.GetAsync(Require.Name("channel", request.Channel), cancellationToken);
        ConsumerRecord? consumer =
            request.Consumer.Length == 0 ? null : await log.FindConsumerAsync(channel.Id, request.Consumer, cancellationToken);
        (long sequence, long? snapshotAfter) = consumer is null
            ? await FindStartAsync(request, channel, cancellationToken)
            : (consumer.NextSequence, null);
        RequireReadable(channel, sequence, consumer);
        return new Subscription(
            channel,
            sequence,
            snapshotAfter,
            filter,
            maxCodes == 0 ? options.Value.CodesPerFrame : maxCodes,
            request.StoredTimes,
            request.SkipDamaged
        );
    }

    /// <summary>The snapshot, the position, then headers and frames without end; nothing lingers to fill a frame.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RequestException">
    /// NotFound: the channel was deleted. OutOfRange: retention overtook the subscriber. DataLoss: stored codes are damaged; those before
    /// them were returned.
    /// </exception>
    public async IAsyncEnumerable<V1.SubscribeResponse> ReadAsync(
        Subscription subscription,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var bounds = new ReadBounds(subscription.MaxCodes, options.Value.FrameBytes);
        var assembler = new FrameAssembler(bounds.MaxCodes, bounds.MaxBytes, subscription.StoredTimes);
        long channel = subscription.Channel.Id;
        Digest? version = null;
        long? snapshot = subscription.SnapshotAfter;
        long next = subscription.Sequence;
        long announced = next;
        long announcedAt = time.GetTimestamp();
        if (snapshot is null)
        {
            yield return Position(subscription, next);
        }

        StoredDamage? damage = null;
        while (true)
        {
            bool progressed = false;
            if (!assembler.IsFull && damage is null)
            {
                LogPage page = snapshot is { } after
                    ? await log.ReadLatestAsync(channel, after, subscription.Sequence, bounds, subscription.Filter, cancellationToken)
                    : await log.ReadAsync(channel, next, bounds, subscription.Filter, cancellationToken);
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
                if (frame.Run.Version != version)
                {
                    version = frame.Run.Version;
                    yield return await HeaderAsync(frame, cancellationToken);
                }

                (announced, announcedAt) = (frame.NextSequence, time.GetTimestamp());
                yield return new V1.SubscribeResponse
                {
                    Frame = UnsafeByteOperations.UnsafeWrap(CodeFrame.Write(frame.Run.Quality, frame.Run.Codes, info: frame.Run.Info)),
                    FirstSequence = frame.FirstSequence,
                };
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
                yield return Position(subscription, next);
            }
            else if (snapshot is null && IsPositionDue(next - announced, announcedAt))
            {
                (announced, announcedAt) = (next, time.GetTimestamp());
                yield return Position(subscription, next);
            }
            else if (!progressed)
            {
                await log.WaitAsync(channel, next, cancellationToken);
            }
        }
    }

    /// <exception cref="RequestException">OutOfRange; it names the consumer whose committed position is not in the log.</exception>
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
                $"The consumer '{consumer.Name}' stands at {sequence}. {exception.Message} Commit a position that is in the log to go on there."
            )
            {
                Metadata = exception.Metadata,
            };
        }
    }

    private bool IsPositionDue(long passed, long announcedAt) =>
        passed >= PositionInterval || (passed > 0 && time.GetElapsedTime(announcedAt) >= PositionPeriod);

    private static V1.SubscribeResponse Position(Subscription subscription, long next) =>
        new()
        {
            Position = new V1.SubscribeResponse.Types.Position { NextSequence = next, Sparse = subscription.IsSparse },
        };

    /// <summary>Says what is damaged: to a subscriber that passes over it, as a message; to others, as the end.</summary>
    private V1.SubscribeResponse Report(Subscription subscription, StoredDamage damage)
    {
        long last = damage.FirstSequence + damage.Count - 1;
        string message =
            $"The codes {damage.FirstSequence} to {last} of '{subscription.Channel.Name}' are damaged on disk: {damage.Message}";
        ServerLog.CodesDamaged(logger, subscription.Channel.Name, damage.FirstSequence, last, damage.Message);
        if (!subscription.SkipDamaged)
        {
            throw new RequestException(
                RequestError.DataLoss,
                "STORED_CODES_DAMAGED",
                $"{message} Go on at {last + 1}, or skip what is damaged."
            )
            {
                Metadata = new Dictionary<string, string>
                {
                    ["first_sequence"] = $"{damage.FirstSequence}",
                    ["next_sequence"] = $"{last + 1}",
                },
            };
        }

        return new V1.SubscribeResponse
        {
            Damage = new V1.SubscribeResponse.Types.Damage
            {
                FirstSequence = damage.FirstSequence,
                Count = damage.Count,
                Message = message,
            },
        };
    }

    private async Task<(long Sequence, long? SnapshotAfter)> FindStartAsync(
        V1.SubscribeRequest request,
        ChannelRecord channel,
        CancellationToken cancellationToken
    )
    {
        switch (request.FromCase)
        {
            case V1.SubscribeRequest.FromOneofCase.Sequence:
                return (request.Sequence, null);
            case V1.SubscribeRequest.FromOneofCase.Start:
                return (channel.FirstSequence, null);
            case V1.SubscribeRequest.FromOneofCase.Last:
                long last = Require.Range("last", request.Last, long.MaxValue, min: 1);
                return (Math.Max(channel.FirstSequence, channel.NextSequence - last), null);
            case V1.SubscribeRequest.FromOneofCase.Time:
                return (await log.FindSequenceAsync(channel.Id, Require.Time("time", request.Time), cancellationToken), null);
            case V1.SubscribeRequest.FromOneofCase.LatestOfEachKey:
                long after = Require.Range("latest_of_each_key.after_sequence", request.LatestOfEachKey.AfterSequence, long.MaxValue);
                if (after >= channel.NextSequence)
                {
                    channel.RequireReadable(Math.Max(after, channel.NextSequence + 1));
                }

                return (channel.NextSequence, after);
            default:
                return (channel.NextSequence, null);
        }
    }

    private async Task<V1.SubscribeResponse> HeaderAsync(AssembledFrame frame, CancellationToken cancellationToken)
    {
        VersionRecord version =
            await registry.FindVersionAsync(frame.Run.Version, cancellationToken)
            ?? throw RequestException.NotFound("version", frame.Run.Version.Hex);
        return new V1.SubscribeResponse
        {
            Header = new V1.SubscribeResponse.Types.Header
            {
                Model = version.Model,
                Version = version.Digest.Hex,
                NextSequence = frame.FirstSequence,
            },
        };
    }
}
