using Codec.Models;

namespace Codec.Server.Models;

/// <summary>What names a version: <c>faces-32</c>, <c>faces-32@canary</c> or <c>faces-32@sha256:…</c>.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Alias">The alias to follow; null where a digest is given.</param>
/// <param name="Digest">The version itself; null where an alias is followed.</param>
internal sealed record ModelReference(string Model, string? Alias, Digest? Digest)
{
    /// <summary>The alias that a bare name follows.</summary>
    public const string LiveAlias = "live";

    private const string DigestPrefix = "sha256:";

    /// <summary>Longest text that a message repeats: any reference that is one fits.</summary>
    private const int MaxShown = 160;

    /// <summary>Reads a reference.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static ModelReference Parse(string text)
    {
        string[] parts = text.Split('@', 2);
        string pointer = parts.Length == 2 ? parts[1] : LiveAlias;
        if (ModelLimits.IsName(parts[0]))
        {
            if (ModelLimits.IsName(pointer))
            {
                return new ModelReference(parts[0], pointer, null);
            }

            if (
                pointer.StartsWith(DigestPrefix, StringComparison.Ordinal)
                && Codec.Models.Digest.TryParse(pointer.AsSpan(DigestPrefix.Length), out Digest digest)
            )
            {
                return new ModelReference(parts[0], null, digest);
            }
        }

        string shown = text.Length > MaxShown ? text[..MaxShown] + "…" : text;
        throw RequestException.Invalid(
            "model",
            $"'{shown}' is no model reference; write NAME, NAME@ALIAS or NAME@sha256:DIGEST with names of 1 to 64 of a-z, 0-9, '-', '.'."
        );
    }

    /// <inheritdoc/>
    public override string ToString() => Digest is { } digest ? $"{Model}@{DigestPrefix}{digest}" : $"{Model}@{Alias}";
}
