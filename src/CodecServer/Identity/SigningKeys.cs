using System.Text.Json;
using System.Text.Json.Serialization;
using Codec.Server.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Codec.Server.Identity;

/// <summary>Where the public keys of a tokens' issuer come from.</summary>
internal static class SigningKeys
{
    /// <summary>
    /// How often keys are read again from a URL, so that a key that the issuer has withdrawn is refused: as often as the library allows.
    /// </summary>
    private static readonly TimeSpan Refresh = ConfigurationManager<OpenIdConnectConfiguration>.MinimumAutomaticRefreshInterval;

    /// <summary>NIST SP 800-131A; RFC 7518 demands as many.</summary>
    private const int MinRsaBits = 2048;

    /// <summary>RFC 7517, 4.3.</summary>
    private const string Verify = "verify";

    /// <summary>Most often that an unknown key lets them be read again: any caller can name one.</summary>
    private static readonly TimeSpan RefreshForUnknownKey = TimeSpan.FromSeconds(5);

    /// <summary>Whether the options name a file of keys.</summary>
    public static bool AreInFile(IdentityOptions options) => options.JwtKeys.Length > 0 && !IsUrl(options.JwtKeys);

    /// <summary>Where the options say that the keys are: a path, or a URL.</summary>
    public static string PlaceOf(IdentityOptions options) =>
        AreInFile(options) ? Path.GetFullPath(options.JwtKeys)
        : options.JwtKeys.Length > 0 ? options.JwtKeys
        : $"{options.JwtIssuer.TrimEnd('/')}/.well-known/openid-configuration";

    /// <summary>Creates the source that the options name.</summary>
    public static IConfigurationManager<OpenIdConnectConfiguration> From(IdentityOptions options)
    {
        string place = PlaceOf(options);
        return AreInFile(options)
            ? new SigningKeysFile(place)
            : new ConfigurationManager<OpenIdConnectConfiguration>(
                place,
                options.JwtKeys.Length > 0 ? new KeySetRetriever() : new DiscoveryRetriever(options.JwtIssuer),
                new SigningKeysDownload()
            )
            {
                AutomaticRefreshInterval = Refresh,
                RefreshInterval = RefreshForUnknownKey,
            };
    }

    /// <summary>Parses a JWKS. What it returns may have no key that verifies signatures.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static OpenIdConnectConfiguration Parse(string json)
    {
        try
        {
            // The library's messages do not say where the text is wrong.
            JsonDocument.Parse(json).Dispose();
            var keys = new OpenIdConnectConfiguration { JsonWebKeySet = new JsonWebKeySet(json) };
            foreach (JsonWebKey described in keys.JsonWebKeySet.Keys)
            {
                foreach (SecurityKey key in FindFault(described) is null ? Resolve(described) : [])
                {
                    // The library leaves out the algorithm that the JWK names.
                    if (!string.IsNullOrEmpty(described.Alg))
                        key.CryptoProviderFactory = new OneAlgorithm(described.Alg);
                    keys.SigningKeys.Add(key);
                }
            }

            return keys;
        }
        catch (JsonException exception)
        {
            throw new JsonException($"It is not a JSON Web Key Set: {exception.Message}", exception);
        }
        catch (ArgumentException exception)
        {
            throw new JsonException(
                "It is not a JSON Web Key Set: write an object with the array keys, whose elements are as of RFC 7517.",
                exception
            );
        }
    }

    /// <summary>Describes the keys of a set that verify no signatures, each with the reason.</summary>
    public static IEnumerable<string> DescribeUnfit(OpenIdConnectConfiguration keys) =>
        from described in keys.JsonWebKeySet.Keys
        let fault = FindFault(described)
        where fault is not null
        select $"the key '{described.Kid}' is not used: {fault}";

    /// <summary>Says why a key verifies no signatures; null if it does.</summary>
    private static string? FindFault(JsonWebKey described)
    {
        IReadOnlyList<SecurityKey> resolved = Resolve(described);
        return described.Use is { Length: > 0 } use && use != JsonWebKeyUseNames.Sig ? $"its use is '{use}', not {JsonWebKeyUseNames.Sig}"
            : described.KeyOps.Count > 0 && !described.KeyOps.Contains(Verify)
                ? $"its key_ops are '{string.Join("', '", described.KeyOps)}', without {Verify}"
            : resolved.Count == 0 ? "it is not a public key of RSA, or of EC on P-256, P-384 or P-521"
            : described.Kty == JsonWebAlgorithmsKeyTypes.RSA && resolved.FirstOrDefault(key => key.KeySize < MinRsaBits) is { } weak
                ? $"RSA with {weak.KeySize} bits; at least {MinRsaBits} are needed"
            : null;
    }

    private static IReadOnlyList<SecurityKey> Resolve(JsonWebKey described) =>
        [.. new JsonWebKeySet { Keys = { described } }.GetSigningKeys()];

    private static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https";

    /// <summary>Refuses the other algorithms that a key of this kind could be used with.</summary>
    private sealed class OneAlgorithm(string name) : CryptoProviderFactory(Default.CryptoProviderCache)
    {
        public override bool IsSupportedAlgorithm(string algorithm, SecurityKey key) =>
            algorithm == name && base.IsSupportedAlgorithm(algorithm, key);
    }

    /// <summary>Reads the issuer's document and the key set that it names.</summary>
    /// <param name="issuer">The issuer that the document must name: another one's keys would be trusted in its place.</param>
    private sealed class DiscoveryRetriever(string issuer) : IConfigurationRetriever<OpenIdConnectConfiguration>
    {
        public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(
            string address,
            IDocumentRetriever retriever,
            CancellationToken cancellationToken
        )
        {
            string json = await retriever.GetDocumentAsync(address, cancellationToken);
            Document document =
                JsonSerializer.Deserialize<Document>(json) ?? throw new JsonException("It is not a document of OpenID Connect Discovery.");
            // OpenID Connect Discovery 1.0, 4.3.
            if (document.Issuer != issuer)
            {
                throw new InvalidDataException(
                    $"it names the issuer '{document.Issuer}', not '{issuer}'. Set --jwt-issuer to exactly the name that the issuer has."
                );
            }

            return Parse(await retriever.GetDocumentAsync(document.Keys ?? "", cancellationToken));
        }

        private sealed record Document(
            [property: JsonPropertyName("issuer")] string? Issuer,
            [property: JsonPropertyName("jwks_uri")] string? Keys
        );
    }

    /// <summary>Reads a key set, where the library's own retriever reads a document that names one.</summary>
    private sealed class KeySetRetriever : IConfigurationRetriever<OpenIdConnectConfiguration>
    {
        public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(
            string address,
            IDocumentRetriever retriever,
            CancellationToken cancellationToken
        ) => Parse(await retriever.GetDocumentAsync(address, cancellationToken));
    }
}
