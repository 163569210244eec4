using System.Security.Cryptography;
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

    /// <summary>As the end of a token: the last moment of the calendar.</summary>
    public const int AlmostForever = int.MaxValue;

    public static ECDsaSecurityKey CreateKey(string id) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = id };

    public static string KeySet(params ECDsaSecurityKey[] keys) => $$"""{"keys": [{{string.Join(',', keys.Select(Public))}}]}""";

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
        string? critical = null
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
                Expires = to is { } seconds ? (to == AlmostForever ? DateTime.MaxValue : now.AddSeconds(seconds)) : null,
                Claims = claims,
                AdditionalHeaderClaims = critical is null ? null : new Dictionary<string, object> { ["crit"] = new[] { critical } },
                SigningCredentials = new SigningCredentials(
                    key,
                    key is SymmetricSecurityKey ? SecurityAlgorithms.HmacSha256 : SecurityAlgorithms.EcdsaSha256
                ),
            }
        );
    }

    /// <summary>Calls the server with a token of a key.</summary>
    public static async Task<StatusCode> StatusAsync(IdentityServer server, SecurityKey key)
    {
        try
        {
            await server.Server.Models.ListModelsAsync(new(), Rpc.As(Sign(key)));
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }
}
