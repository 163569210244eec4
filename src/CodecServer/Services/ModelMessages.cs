using Codec.Server.Models;
using Codec.Server.Stores;
using Google.Protobuf.WellKnownTypes;

namespace Codec.Server.Services;

/// <summary>Maps the messages of ModelService to records of the domain, and records to messages.</summary>
internal static class ModelMessages
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
            Digest = alias.Targets.First?.Hex ?? "",
            Revision = alias.Revision,
            MovedBy = alias.MovedBy,
            MovedAt = Timestamp.FromDateTimeOffset(alias.MovedAt),
            Targets = { alias.Targets.IsSplit ? alias.Targets.Items.Select(ToMessage) : [] },
            RestoredRevision = alias.Restored,
        };

    private static V1.AliasTarget ToMessage(AliasTarget target) => new() { Digest = target.Version.Hex, Weight = target.Weight };

    /// <summary>Maps a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="damaged">A version of it that cannot be loaded; null if there is none.</param>
    public static V1.Model ToMessage(this ModelRecord model, DamagedVersion? damaged) =>
        new()
        {
            Name = model.Name,
            Versions = model.Versions,
            Aliases = { model.Aliases.Select(ToMessage) },
            Problem = damaged is null ? "" : $"{damaged.Version}: {damaged.Problem}",
        };

    public static V1.WatchModelsResponse ToMessage(this RegistryChange change) =>
        change switch
        {
            AliasMoved moved => new() { Alias = moved.Alias.ToMessage() },
            VersionPublished published => new() { Published = published.Version.ToMessage() },
            VersionDeleted deleted => new() { Deleted = deleted.Version.ToMessage() },
            _ => throw new InvalidOperationException($"{change.GetType().Name} has no message."),
        };

    /// <summary>Maps a part of an upload; a chunk borrows the message's bytes.</summary>
    /// <exception cref="RequestException">InvalidArgument: the message has no part, or its header is invalid.</exception>
    public static UploadPart ToUploadPart(this V1.UploadBlobRequest request) =>
        request.PartCase switch
        {
            V1.UploadBlobRequest.PartOneofCase.Header => new UploadHeader(Require.Blob(request.Header.Blob), request.Header.Offset),
            V1.UploadBlobRequest.PartOneofCase.Chunk => new UploadChunk(request.Chunk.Memory),
            _ => throw RequestException.Invalid("part", "the message is empty; send a header, then chunks."),
        };
}
