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
}
