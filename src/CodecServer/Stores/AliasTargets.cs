using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>A version that an alias points to.</summary>
/// <param name="Version">The version.</param>
/// <param name="Weight">Its part of the traffic, relative to the weights of the alias's other targets: 1 or more.</param>
internal readonly record struct AliasTarget(Digest Version, int Weight);

/// <summary>
/// The versions that an alias points to: none after it was deleted, usually one, several while traffic is split. The first is the main
/// one, for uses that cannot be split. Equal if the versions and weights are, in their order.
/// </summary>
internal sealed class AliasTargets : IEquatable<AliasTargets>
{
    /// <summary>Maximum number of targets: more candidates than a trial compares, and a small part of a message.</summary>
    public const int Most = 8;

    /// <summary>Maximum weight: a split in hundredths of a percent.</summary>
    public const int MaxWeight = 10_000;

    private AliasTargets(IReadOnlyList<AliasTarget> items) => Items = items;

    /// <summary>No version: the alias does not exist.</summary>
    public static AliasTargets None { get; } = new([]);

    /// <summary>The targets, in the order in which they were set.</summary>
    public IReadOnlyList<AliasTarget> Items { get; }

    /// <summary>The first version; null if there is none.</summary>
    public Digest? First => Items.Count == 0 ? null : Items[0].Version;

    /// <summary>Whether traffic is split between versions.</summary>
    public bool IsSplit => Items.Count > 1;

    /// <summary>All traffic for one version.</summary>
    public static AliasTargets Of(Digest version) => new([new AliasTarget(version, 1)]);

    /// <summary>Traffic split by weight; a weight alone means nothing, so that of a single target becomes 1.</summary>
    public static AliasTargets Split(IReadOnlyList<AliasTarget> targets) => targets is [var single] ? Of(single.Version) : new(targets);

    /// <summary>Whether a version is one of the targets.</summary>
    public bool Contains(Digest version) => Items.Any(target => target.Version == version);

    /// <summary>
    /// Chooses a version by a key: the same key chooses the same version as long as the targets are the same. A target whose weight grows
    /// at the end of the list keeps the keys that it has.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no target.</exception>
    public Digest Choose(string key)
    {
        if (Items is [var single])
            return single.Version;

        // SHA-256 spreads keys that differ in one character; its first 64 bits, as a fraction of one, select a part of the whole weight.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        ulong whole = (ulong)Items.Sum(target => (long)target.Weight);
        long at = (long)Math.BigMul(BinaryPrimitives.ReadUInt64BigEndian(hash), whole, out _);
        foreach (AliasTarget target in Items)
        {
            at -= target.Weight;
            if (at < 0)
                return target.Version;
        }

        return Items[^1].Version;
    }

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] AliasTargets? other) => other is not null && Items.SequenceEqual(other.Items);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AliasTargets);

    /// <inheritdoc/>
    public override int GetHashCode() => Items.Aggregate(0, HashCode.Combine);

    /// <summary>The versions, with their weights if there are several; empty if there is none.</summary>
    public override string ToString() =>
        IsSplit ? string.Join(", ", Items.Select(target => $"{target.Version} ({target.Weight})")) : First?.Hex ?? "";
}
