using Codec.Client;
using Codec.Models;

namespace Codec.Tool.Models;

/// <summary>Finds the versions that people name.</summary>
internal static class ModelNames
{
    /// <summary>The fewest digits that name a version.</summary>
    private const int MinPrefix = 4;

    private const string Sha256 = "sha256:";

    /// <summary>Finds a version of a model.</summary>
    /// <param name="client">The client.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="text">An alias, a digest with or without <c>sha256:</c>, or its first digits.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="NotFoundException">No version is so called.</exception>
    /// <exception cref="ArgumentException">Several are.</exception>
    public static async Task<Digest> FindVersionAsync(CodecClient client, string model, string text, CancellationToken cancellationToken)
    {
        string digits = text.StartsWith(Sha256, StringComparison.Ordinal) ? text[Sha256.Length..] : text;
        if (Digest.TryParse(digits, out Digest digest))
            return digest;
        IReadOnlyList<AliasInfo> aliases = await client.ListAliasesAsync(model, cancellationToken).ConfigureAwait(false);
        if (aliases.FirstOrDefault(alias => alias.Name == text)?.Version is { } version)
            return version;
        IReadOnlyList<VersionInfo> versions = await client.ListVersionsAsync(model, cancellationToken).ConfigureAwait(false);
        VersionInfo[] found =
            digits.Length < MinPrefix
                ? []
                : [.. versions.Where(candidate => candidate.Digest.Hex.StartsWith(digits, StringComparison.Ordinal))];
        string remedy = $"give an alias, a digest, or at least {MinPrefix} of its first digits (codec models show {model}).";
        return found switch
        {
            [var only] => only.Digest,
            [] => throw new NotFoundException($"'{text}' names no version of {model}; {remedy}"),
            _ => throw new ArgumentException($"'{text}' names {found.Length} versions of {model}; {remedy}"),
        };
    }
}
