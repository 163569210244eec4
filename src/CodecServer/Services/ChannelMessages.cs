using Codec.Models;
using Codec.Server.Channels;
using Codec.Server.Stores;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Codec.Server.Services;

/// <summary>Maps the messages of ChannelService to records of the domain, and records to messages.</summary>
internal static class ChannelMessages
{
    /// <summary>Maps a message of a producer's stream. An invalid item becomes an <see cref="InvalidItem"/>.</summary>
    /// <exception cref="RequestException">InvalidArgument: the message has no part, or its header is invalid.</exception>
    public static ProducerMessage ToProducerMessage(this V1.PublishRequest request) =>
        request.PartCase switch
        {
            V1.PublishRequest.PartOneofCase.Header => ToHeader(request),
            V1.PublishRequest.PartOneofCase.None => throw RequestException.Invalid(
                "part",
                "the message is empty; send a header, an image or a frame."
            ),
            _ => ToItem(request),
        };

    public static V1.PublishResponse ToMessage(this ProducerAnswer answer) =>
        answer switch
        {
            ProducerOpened opened => new()
            {
                Version = opened.Version.Hex,
                LastProducerSequence = opened.LastProducerSequence,
                ProducerEpoch = opened.Epoch,
            },
            ItemAnswered { Outcome.Refusal: { } refusal } => new() { Refusal = Google.Rpc.Status.Parser.ParseFrom(refusal) },
            ItemAnswered { Outcome: var outcome } => new() { FirstSequence = outcome.FirstSequence, Count = outcome.Count },
            _ => throw new InvalidOperationException($"{answer.GetType().Name} has no message."),
        };

    /// <summary>Maps a subscriber's request.</summary>
    /// <exception cref="RequestException">InvalidArgument: a field is invalid.</exception>
    public static SubscriptionRequest ToSubscription(this V1.SubscribeRequest request) =>
        new(
            Require.Name("channel", request.Channel),
            ToStart(request),
            request.Consumer.Length == 0 ? null : Require.Name("consumer", request.Consumer),
            Require.Filter(request.Keys, request.KeyPrefixes),
            (int)Require.Range("max_codes_per_frame", request.MaxCodesPerFrame, ModelLimits.MaxCodesPerFrame),
            request.StoredTimes,
            request.SkipDamaged
        );

    public static V1.SubscribeResponse ToMessage(this SubscriptionEvent part) =>
        part switch
        {
            FrameRead read => new() { Frame = UnsafeByteOperations.UnsafeWrap(read.Frame), FirstSequence = read.FirstSequence },
            PositionReached position => new()
            {
                Position = new() { NextSequence = position.NextSequence, Sparse = position.IsSparse },
            },
            VersionChanged changed => new()
            {
                Header = new()
                {
                    Model = changed.Model,
                    Version = changed.Version.Hex,
                    NextSequence = changed.NextSequence,
                },
            },
            DamageSkipped damage => new()
            {
                Damage = new()
                {
                    FirstSequence = damage.FirstSequence,
                    Count = damage.Count,
                    Message = damage.Message,
                },
            },
            _ => throw new InvalidOperationException($"{part.GetType().Name} has no message."),
        };

    public static V1.ChannelInfo ToMessage(this ChannelRecord channel) =>
        new()
        {
            Name = channel.Name,
            FirstSequence = channel.FirstSequence,
            NextSequence = channel.NextSequence,
            CreatedAt = Timestamp.FromDateTimeOffset(channel.CreatedAt),
            Retention = new V1.Retention
            {
                Codes = channel.Retention.Codes,
                Age = channel.Retention.Age == TimeSpan.Zero ? null : Duration.FromTimeSpan(channel.Retention.Age),
                Bytes = channel.Retention.Bytes,
                LatestOfEachKey = channel.Retention.LatestOfEachKey,
            },
            Bytes = channel.Bytes,
            Codes = channel.Codes,
        };

    public static V1.ConsumerInfo ToMessage(this ConsumerRecord consumer) =>
        new()
        {
            Name = consumer.Name,
            NextSequence = consumer.NextSequence,
            Lag = consumer.Lag,
            CommittedAt = Timestamp.FromDateTimeOffset(consumer.CommittedAt),
        };

    private static ProducerHeader ToHeader(V1.PublishRequest request) =>
        new(
            Require.Name("header.channel", request.Header.Channel),
            request.Header.Producer,
            Require.Range("header.producer_epoch", request.Header.ProducerEpoch, long.MaxValue),
            request.Header.TransientProducer,
            request.Header.Model,
            request.Header.Quality,
            request.Header.Effort,
            request.CalculateSize()
        );

    private static ProducerItem ToItem(V1.PublishRequest request)
    {
        int bytes = request.CalculateSize();
        try
        {
            if (request.PartCase == V1.PublishRequest.PartOneofCase.Image)
                return new ImageItem(CodingMessages.ToSource(request.Image), Require.Info(request.Info), request.ProducerSequence, bytes);

            return request.Info is null
                ? new FrameItem(request.Frame.Memory, request.ProducerSequence, bytes)
                : throw RequestException.Invalid(
                    "info",
                    "a frame carries the info of its codes itself (docs/format.md); leave this unset."
                );
        }
        catch (RequestException refusal)
        {
            return new InvalidItem(refusal, request.ProducerSequence, bytes);
        }
    }

    private static SubscriptionStart ToStart(V1.SubscribeRequest request) =>
        request.FromCase switch
        {
            V1.SubscribeRequest.FromOneofCase.Sequence => new StartAtSequence(request.Sequence),
            V1.SubscribeRequest.FromOneofCase.Start => new StartAtOldest(),
            V1.SubscribeRequest.FromOneofCase.Last => new StartWithLast(Require.Range("last", request.Last, long.MaxValue, min: 1)),
            V1.SubscribeRequest.FromOneofCase.Time => new StartAtTime(Require.Time("time", request.Time)),
            V1.SubscribeRequest.FromOneofCase.LatestOfEachKey => new StartWithLatestOfEachKey(
                Require.Range("latest_of_each_key.after_sequence", request.LatestOfEachKey.AfterSequence, long.MaxValue)
            ),
            _ => new StartNow(),
        };
}
