using System.Security.Cryptography;
using System.Text;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CodecServer.Tests.Identity;

/// <summary>Tokens of an issuer, and its keys.</summary>
internal static class Tokens
{
    public const string Issuer = "https://issuer.example";

    public const string Audience = "codec";

    /// <summary>Starts a server that accepts the issuer's tokens.</summary>
    /// <param name="keys">Where its public keys are: a file or a URL.</param>
    public static Task<IdentityServer> StartServerAsync(string keys, params int[] expectedErrors) =>
        IdentityServer.StartAsync(
            expectedErrors,
            ["--jwt-issuer", Issuer, "--jwt-audience", Audience, "--jwt-keys", keys, "--operations-listen", "http://127.0.0.1:0"]
        );

    public static ECDsaSecurityKey CreateKey(string id) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = id };

    public static string KeySet(params ECDsaSecurityKey[] keys) => $$"""{"keys": [{{string.Join(',', keys.Select(Public))}}]}""";

    /// <summary>The set of one key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="algorithm">The algorithm that the set names for it; empty for none.</param>
    /// <param name="more">Further members of the key, as JSON, each with a comma after it.</param>
    public static string KeySet(RsaSecurityKey key, string algorithm, string more = "")
    {
        RSAParameters parts = key.Rsa.ExportParameters(includePrivateParameters: false);
        return $$"""
            {"keys": [{"kty": "RSA", "use": "sig", "kid": "{{key.KeyId}}", {{(
                algorithm.Length > 0 ? $"\"alg\": \"{algorithm}\"," : ""
            )}} {{more}}
             "n": "{{Base64UrlEncoder.Encode(parts.Modulus)}}", "e": "{{Base64UrlEncoder.Encode(parts.Exponent)}}"}]}
            """;
    }

    private static string Public(ECDsaSecurityKey key)
    {
        ECParameters point = key.ECDsa.ExportParameters(includePrivateParameters: false);
        return $$"""
            {"kty": "EC", "use": "sig", "crv": "P-256", "kid": "{{key.KeyId}}",
             "x": "{{Base64UrlEncoder.Encode(point.Q.X)}}", "y": "{{Base64UrlEncoder.Encode(point.Q.Y)}}"}
            """;
    }

    /// <summary>Writes a token whose times are in seconds from now.</summary>
    public static string Sign(
        SecurityKey key,
        string? name = "anna",
        string issuer = Issuer,
        string audience = Audience,
        int from = -10,
        int? to = 3600,
        string[]? roles = null,
        string? critical = null,
        string algorithm = SecurityAlgorithms.EcdsaSha256
    )
    {
        DateTime now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var claims = new Dictionary<string, object> { ["roles"] = roles ?? ["admin"] };
        if (name is not null)
            claims["sub"] = name;

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = issuer,
                Audience = audience,
                NotBefore = now.AddSeconds(from),
                Expires = to is { } seconds ? now.AddSeconds(seconds) : null,
                Claims = claims,
                AdditionalHeaderClaims = critical is null ? null : new Dictionary<string, object> { ["crit"] = new[] { critical } },
                SigningCredentials = new SigningCredentials(key, key is SymmetricSecurityKey ? SecurityAlgorithms.HmacSha256 : algorithm),
            }
        );
    }

    /// <summary>Writes a token with any text as its claims, which the library may refuse to write.</summary>
    /// <param name="key">The key.</param>
    /// <param name="claims">The claims, as JSON.</param>
    /// <param name="kid">What the header has as its kid, as JSON; null for the key's.</param>
    public static string SignText(ECDsaSecurityKey key, string claims, string? kid = null)
    {
        string header = $$"""{"alg": "ES256", "typ": "JWT", "kid": {{kid ?? $"\"{key.KeyId}\""}}}""";
        string text = $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(claims)}";
        return $"{text}.{Base64UrlEncoder.Encode(key.ECDsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256))}";
    }

    /// <summary>Calls the server with a token of a key.</summary>
    public static Task<StatusCode> StatusAsync(IdentityServer server, SecurityKey key) => StatusAsync(server, Sign(key));

    /// <summary>Calls the server with a token.</summary>
    public static async Task<StatusCode> StatusAsync(IdentityServer server, string token)
    {
        try
        {
            await server.Server.Models.ListModelsAsync(new(), Rpc.As(token));
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }
}
