using Codec.Models;

namespace Codec.Client;

/// <summary>A version that an alias points to, and its part of the traffic.</summary>
/// <param name="Version">The version.</param>
/// <param name="Weight">Its part of the traffic, relative to the weights of the other targets: 1 to 10,000.</param>
public readonly record struct AliasTarget(Digest Version, int Weight);

/// <summary>The state of an alias, now or at an earlier revision.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Name">The alias: <c>live</c>, <c>canary</c>.</param>
/// <param name="Version">The version that it points to, the first one if it splits traffic; null if it was deleted.</param>
/// <param name="Revision">Grows by one with each move; 1 is the first.</param>
/// <param name="MovedBy">Who moved it.</param>
/// <param name="MovedAt">Time of the move.</param>
public sealed record AliasInfo(string Model, string Name, Digest? Version, long Revision, string MovedBy, DateTimeOffset MovedAt)
{
    /// <summary>All targets, with their weights, if the alias splits traffic; otherwise empty.</summary>
    public IReadOnlyList<AliasTarget> Targets { get; init; } = [];

    /// <summary>The revision whose targets the move restored, if it was a rollback; otherwise null.</summary>
    public long? RestoredRevision { get; init; }

    /// <summary>Compares all values, those of the targets included.</summary>
    public bool Equals(AliasInfo? other) =>
        other is not null
        && (Model, Name, Version, Revision, MovedBy, MovedAt, RestoredRevision)
            == (other.Model, other.Name, other.Version, other.Revision, other.MovedBy, other.MovedAt, other.RestoredRevision)
        && Targets.SequenceEqual(other.Targets);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Model, Name, Version, Revision, MovedBy, MovedAt, RestoredRevision);
}
