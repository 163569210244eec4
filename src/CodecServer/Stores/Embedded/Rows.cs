using System.Globalization;
using Codec.Models;

namespace Codec.Server.Stores.Embedded;

/// <summary>Converts columns to values.</summary>
internal static class Rows
{
    /// <summary>Parses a digest that this server wrote.</summary>
    /// <exception cref="InvalidDataException">It is not a digest: the database is damaged.</exception>
    public static Digest ParseDigest(string hex) =>
        Digest.TryParse(hex, out Digest digest)
            ? digest
            : throw new InvalidDataException($"The database holds '{hex}' in place of a digest.");

    /// <summary>Writes the targets of a split alias: <c>digest:weight</c>, separated by spaces; null for one target or none.</summary>
    public static string? WriteTargets(AliasTargets targets) =>
        targets.IsSplit ? string.Join(' ', targets.Items.Select(target => $"{target.Version}:{target.Weight}")) : null;

    /// <summary>Parses the targets of an alias.</summary>
    /// <param name="digest">The first target; null if there is none.</param>
    /// <param name="targets">As <see cref="WriteTargets"/> wrote it.</param>
    /// <exception cref="InvalidDataException">The database is damaged.</exception>
    public static AliasTargets ParseTargets(string? digest, string? targets)
    {
        if (targets is null)
            return digest is null ? AliasTargets.None : AliasTargets.Of(ParseDigest(digest));

        return AliasTargets.Split([.. targets.Split(' ').Select(ParseTarget)]);
    }

    private static AliasTarget ParseTarget(string target) =>
        target.Split(':') is [var digest, var weight] && int.TryParse(weight, CultureInfo.InvariantCulture, out int number)
            ? new AliasTarget(ParseDigest(digest), number)
            : throw new InvalidDataException($"The database holds '{target}' in place of an alias's target.");
}
