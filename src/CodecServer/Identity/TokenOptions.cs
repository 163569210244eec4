using System.Security.Claims;
using System.Text.Json;
using Codec.Server.Options;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Codec.Server.Identity;

/// <summary>Configures ASP.NET Core's handler of tokens (JWT) from our options, and reads name and roles from a token.</summary>
internal sealed class TokenOptions(IOptions<IdentityOptions> identity, IssuerKeys keys) : IConfigureNamedOptions<JwtBearerOptions>
{
    /// <summary>The name of the scheme.</summary>
    public const string Scheme = JwtBearerDefaults.AuthenticationScheme;

    /// <summary>Signatures by a private key. Not HMAC, whose key would verify and sign, and not none.</summary>
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly IdentityOptions _identity = identity.Value;

    /// <inheritdoc/>
    public void Configure(string? name, JwtBearerOptions options)
    {
        options.MapInboundClaims = false;
        options.ConfigurationManager = keys;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidIssuer = _identity.JwtIssuer,
            ValidAudience = _identity.JwtAudience,
            ValidAlgorithms = Algorithms,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidateIssuerSigningKey = true,
            ClockSkew = TimeSpan.FromSeconds(_identity.JwtClockSkewSeconds),
        };
        options.Events = new JwtBearerEvents { OnTokenValidated = ReadCaller };
    }

    /// <inheritdoc/>
    public void Configure(JwtBearerOptions options) => Configure(Microsoft.Extensions.Options.Options.DefaultName, options);

    private Task ReadCaller(TokenValidatedContext context)
    {
        // RFC 7515, 4.1.11: who does not know an extension that the header calls critical must refuse the token. We know none.
        if (context.SecurityToken is not JsonWebToken token || token.TryGetHeaderValue("crit", out object _))
        {
            context.Fail("The token's header crit demands an extension that this server does not know.");
            return Task.CompletedTask;
        }

        // The library tries all keys for a kid that no key has: an issuer that withdrew the name would still be believed.
        if (!string.IsNullOrEmpty(token.Kid) && token.Kid != token.SigningKey.KeyId)
        {
            context.Fail(new SecurityTokenSignatureKeyNotFoundException());
            return Task.CompletedTask;
        }

        string name = context.Principal?.FindFirst(_identity.JwtNameClaim)?.Value ?? "";
        if (!Caller.IsName(name))
        {
            context.Fail(
                $"The token's claim {_identity.JwtNameClaim} does not name the caller: it needs 1 to {Caller.MaxNameLength} "
                    + "printable characters, not only spaces."
            );
            return Task.CompletedTask;
        }

        var end = new DateTimeOffset(context.SecurityToken.ValidTo, TimeSpan.Zero);
        var skew = TimeSpan.FromSeconds(_identity.JwtClockSkewSeconds);
        var caller = new Caller(name, Grants.Of(RolesOf(token)))
        {
            Credential = "token",
            // The library cuts an end beyond the calendar to its last moment.
            ExpiresAt = end < DateTimeOffset.MaxValue - skew ? end + skew : DateTimeOffset.MaxValue,
        };
        context.Principal = new ClaimsPrincipal(new CallerIdentity(caller, Scheme));
        return Task.CompletedTask;
    }

    /// <summary>
    /// The roles of a token. Not from its claims, in which an array is as many texts: a name of a group that has spaces, such as
    /// <c>site admin</c>, would become roles.
    /// </summary>
    private IEnumerable<string> RolesOf(JsonWebToken token) =>
        token.TryGetPayloadValue(_identity.JwtRolesClaim, out object value)
            ? value switch
            {
                string text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                JsonElement { ValueKind: JsonValueKind.Array } array => array
                    .EnumerateArray()
                    .Where(element => element.ValueKind == JsonValueKind.String)
                    .Select(element => element.GetString()!),
                _ => [],
            }
            : [];
}
