using System.Text.Json;
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
                options.JwtKeys.Length > 0 ? new KeySetRetriever() : new DiscoveryRetriever(),
                new SigningKeysDownload()
            )
            {
                AutomaticRefreshInterval = Refresh,
                RefreshInterval = RefreshForUnknownKey,
            };
    }

    /// <summary>Parses a JWKS.</summary>
    /// <exception cref="JsonException">It is none, or has no key.</exception>
    public static OpenIdConnectConfiguration Parse(string json)
    {
        OpenIdConnectConfiguration configuration;
        try
        {
            configuration = new OpenIdConnectConfiguration { JsonWebKeySet = new JsonWebKeySet(json) };
        }
        catch (ArgumentException exception)
        {
            throw new JsonException($"It is not a JSON Web Key Set: {exception.Message}", exception);
        }

        return UseAlgorithms(configuration).SigningKeys.Count > 0
            ? configuration
            : throw new JsonException("It has no key that verifies signatures; write a JSON Web Key Set.");
    }

    /// <summary>Sets the keys that verify signatures, each with the algorithm that its JWK names: the library leaves it out.</summary>
    private static OpenIdConnectConfiguration UseAlgorithms(OpenIdConnectConfiguration configuration)
    {
        configuration.SigningKeys.Clear();
        foreach (JsonWebKey described in configuration.JsonWebKeySet?.Keys ?? [])
        {
            foreach (SecurityKey key in new JsonWebKeySet { Keys = { described } }.GetSigningKeys())
            {
                if (!string.IsNullOrEmpty(described.Alg))
                    key.CryptoProviderFactory = new OneAlgorithm(described.Alg);
                configuration.SigningKeys.Add(key);
            }
        }

        return configuration;
    }

    private static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https";

    /// <summary>Refuses the other algorithms that a key of this kind could be used with.</summary>
    private sealed class OneAlgorithm(string name) : CryptoProviderFactory(Default.CryptoProviderCache)
    {
        public override bool IsSupportedAlgorithm(string algorithm, SecurityKey key) =>
            algorithm == name && base.IsSupportedAlgorithm(algorithm, key);
    }

    /// <summary>Reads the issuer's document and the key set that it names.</summary>
    private sealed class DiscoveryRetriever : IConfigurationRetriever<OpenIdConnectConfiguration>
    {
        public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(
            string address,
            IDocumentRetriever retriever,
            CancellationToken cancellationToken
        ) => UseAlgorithms(await OpenIdConnectConfigurationRetriever.GetAsync(address, retriever, cancellationToken));
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
