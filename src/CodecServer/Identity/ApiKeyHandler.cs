using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Codec.Server.Identity;

/// <summary>Authenticates by an API key: <c>authorization: Bearer codec_…</c>.</summary>
/// <remarks>
/// The header is that of tokens, because clients, proxies and logs know it as a secret; a header of our own would be one more to protect.
/// </remarks>
internal sealed class ApiKeyHandler(
    CredentialDirectory directory,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The name of the scheme.</summary>
    public const string SchemeName = "ApiKey";

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    private AuthenticateResult Authenticate()
    {
        string key = BearerToken.Read(Request) ?? "";
        if (ApiKey.TryReadId(key) is not { } id)
            return AuthenticateResult.Fail("The API key is incomplete; send all of it, as it was shown when it was created.");

        // An unknown id and a wrong secret get the same answer.
        if (directory.Find(id) is not { } credential || !ApiKey.Matches(key, credential))
        {
            return AuthenticateResult.Fail(
                "This server does not know the API key; send one that was created for this server, or create one with keys create."
            );
        }

        return credential.RevokedAt is null
            ? CallerIdentity.Succeed(CallerIdentity.Of(credential, "key"), SchemeName)
            : AuthenticateResult.Fail($"The API key {id} was revoked; ask an administrator of the server for a new one.");
    }
}
