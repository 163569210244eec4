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
                options.JwtKeys.Length > 0 ? new KeySetRetriever() : new OpenIdConnectConfigurationRetriever(),
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

        foreach (SecurityKey key in configuration.JsonWebKeySet.GetSigningKeys())
            configuration.SigningKeys.Add(key);

        return configuration.SigningKeys.Count > 0
            ? configuration
            : throw new JsonException("It has no key that verifies signatures; write a JSON Web Key Set.");
    }

    private static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https";

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
