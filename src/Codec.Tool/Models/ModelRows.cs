using System.Text.Json.Serialization;
using Codec.Client;
using Codec.Models;
using Codec.Tool.Output;

namespace Codec.Tool.Models;

/// <summary>A model.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Versions">Number of versions.</param>
/// <param name="Aliases">Its aliases.</param>
internal sealed record ModelRow(string Model, int Versions, IReadOnlyList<AliasRow> Aliases)
{
    public static ModelRow Of(ModelInfo model) => new(model.Name, model.Versions, [.. model.Aliases.Select(AliasRow.Of)]);
}

/// <summary>A version.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its digest.</param>
/// <param name="Aliases">The aliases that point to it.</param>
/// <param name="Bytes">Bytes of the manifest and all blobs.</param>
/// <param name="PublishedAt">When it was published.</param>
/// <param name="Publisher">Who published it.</param>
internal sealed record VersionRow(
    string Model,
    string Version,
    IReadOnlyList<string> Aliases,
    long Bytes,
    DateTimeOffset PublishedAt,
    string Publisher
)
{
    public static VersionRow Of(VersionInfo version, IEnumerable<AliasInfo> aliases) =>
        new(
            version.Model,
            version.Digest.Hex,
            [.. aliases.Where(alias => TargetsOf(alias).Contains(version.Digest)).Select(alias => alias.Name)],
            version.Size,
            version.PublishedAt,
            version.Publisher
        );

    private static IEnumerable<Digest?> TargetsOf(AliasInfo alias) =>
        alias.Targets.Select(target => (Digest?)target.Version).Append(alias.Version);
}

/// <summary>An alias, now or after an earlier move.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Alias">The alias.</param>
/// <param name="Version">The version's digest, of a split the first one's; null if the alias was deleted.</param>
/// <param name="Revision">The number of the move.</param>
/// <param name="MovedBy">Who moved it.</param>
/// <param name="MovedAt">When.</param>
internal sealed record AliasRow(string Model, string Alias, string? Version, long Revision, string MovedBy, DateTimeOffset MovedAt)
{
    /// <summary>The versions of a split with their weights; null if there is none.</summary>
    public IReadOnlyDictionary<string, int>? Weights { get; init; }

    /// <summary>The revision that a rollback restored; null if the move was none.</summary>
    public long? RestoredRevision { get; init; }

    /// <summary>What it points to, for people.</summary>
    [JsonIgnore]
    public string Targets =>
        Weights is { } weights ? string.Join(" + ", weights.Select(target => $"{Texts.Short(target.Key)}={target.Value}"))
        : Version is { } version ? Texts.Short(version)
        : "(deleted)";

    public static AliasRow Of(AliasInfo alias) =>
        new(alias.Model, alias.Name, alias.Version?.Hex, alias.Revision, alias.MovedBy, alias.MovedAt)
        {
            Weights = alias.Targets.Count == 0 ? null : alias.Targets.ToDictionary(target => target.Version.Hex, target => target.Weight),
            RestoredRevision = alias.RestoredRevision,
        };
}

/// <summary>A model that was downloaded.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Version">The version's digest.</param>
/// <param name="Output">The model file.</param>
/// <param name="Bytes">Bytes of the file.</param>
internal sealed record PulledModel(string Model, string Version, string Output, long Bytes);

/// <summary>A version or alias that was deleted.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version's digest; null if an alias was deleted.</param>
/// <param name="Alias">The alias; null if a version was deleted.</param>
internal sealed record DeletedModel(string Model, string? Version, string? Alias);
