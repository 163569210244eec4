using Codec.Models;

namespace Codec.Server.Stores.Embedded;

/// <summary>How columns become values.</summary>
internal static class Rows
{
    /// <summary>A digest that this server wrote itself.</summary>
    /// <exception cref="InvalidDataException">The database holds something else: it is damaged.</exception>
    public static Digest ParseDigest(string hex) =>
        Digest.TryParse(hex, out Digest digest)
            ? digest
            : throw new InvalidDataException($"The database holds '{hex}' where a digest belongs.");
}
