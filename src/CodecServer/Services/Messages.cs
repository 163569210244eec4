using Codec.Server.Stores;
using Google.Protobuf.WellKnownTypes;

namespace Codec.Server.Services;

/// <summary>From the stores' records to messages.</summary>
internal static class Messages
{
    public static V1.Version ToMessage(this VersionRecord version) =>
        new()
        {
            Model = version.Model,
            Digest = version.Digest.Hex,
            Publisher = version.Publisher,
            PublishedAt = Timestamp.FromDateTimeOffset(version.PublishedAt),
            Size = version.Size,
        };

    public static V1.Alias ToMessage(this AliasRecord alias) =>
        new()
        {
            Model = alias.Model,
            Name = alias.Name,
            Digest = alias.Digest?.Hex ?? "",
            Revision = alias.Revision,
            MovedBy = alias.MovedBy,
            MovedAt = Timestamp.FromDateTimeOffset(alias.MovedAt),
        };

    public static V1.Model ToMessage(this ModelRecord model) =>
        new()
        {
            Name = model.Name,
            Versions = model.Versions,
            Aliases = { model.Aliases.Select(ToMessage) },
        };

    public static V1.WatchModelsResponse ToMessage(this RegistryChange change) =>
        change switch
        {
            AliasMoved moved => new() { Alias = moved.Alias.ToMessage() },
            VersionPublished published => new() { Published = published.Version.ToMessage() },
            VersionDeleted deleted => new() { Deleted = deleted.Version.ToMessage() },
            _ => throw new InvalidOperationException($"{change.GetType().Name} has no message."),
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
}
