using Codec.Models;
using Google.Protobuf.WellKnownTypes;

namespace Codec.Client;

/// <summary>Converts messages of models to this library's types, and checks what the server sent.</summary>
internal static class ModelMessages
{
    public static ModelInfo ToModelInfo(this V1.Model model) => new(model.Name, model.Versions, [.. model.Aliases.Select(ToAliasInfo)]);

    public static VersionInfo ToVersionInfo(this V1.Version? version) =>
        version is null
            ? throw new CorruptDataException("The server's answer has no version; it may be of another release.")
            : new(version.Model, ToDigest(version.Digest), version.Publisher, ToTime(version.PublishedAt), version.Size);

    public static AliasInfo ToAliasInfo(this V1.Alias? alias) =>
        alias is null
            ? throw new CorruptDataException("The server's answer has no alias; it may be of another release.")
            : new(
                alias.Model,
                alias.Name,
                alias.Digest.Length == 0 ? null : ToDigest(alias.Digest),
                alias.Revision,
                alias.MovedBy,
                ToTime(alias.MovedAt)
            )
            {
                Targets = [.. alias.Targets.Select(target => new AliasTarget(ToDigest(target.Digest), target.Weight))],
                RestoredRevision = alias.RestoredRevision == 0 ? null : alias.RestoredRevision,
            };

    public static Digest ToDigest(string text) =>
        Digest.TryParse(text, out Digest digest)
            ? digest
            : throw new CorruptDataException($"The server sent an invalid digest: '{(text.Length <= 80 ? text : text[..80])}'.");

    /// <summary>
    /// Returns a reference to the version if it is known, so that a moved alias has no effect; otherwise the caller's reference.
    /// </summary>
    public static string Pin(string reference, Digest? version) =>
        version is { } known ? new ModelReference(ModelReference.Parse(reference).Name, known).ToString() : reference;

    /// <summary>Converts a time; an absent time, or one outside the calendar, becomes the Unix epoch.</summary>
    public static DateTimeOffset ToTime(Timestamp? time)
    {
        try
        {
            return time?.ToDateTimeOffset() ?? DateTimeOffset.UnixEpoch;
        }
        catch (InvalidOperationException)
        {
            return DateTimeOffset.UnixEpoch;
        }
    }
}
