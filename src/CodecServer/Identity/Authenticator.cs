using System.Net;
using Codec.Server.Options;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Codec.Server.Identity;

/// <summary>Finds out who calls, by the handler of the credential that the call has.</summary>
internal sealed class Authenticator(
    CredentialDirectory directory,
    IOptions<IdentityOptions> options,
    IOptions<TlsOptions> tls,
    IOptions<ServerOptions> server,
    ILogger<Authenticator> logger
)
{
    private const string Remedy = "Send an API key or a token as metadata: 'authorization: Bearer …'.";

    private string? _problem;

    // A server that other hosts reach stays closed when its file of credentials is deleted.
    private readonly bool _isLoopback = ListenAddress.Parse(server.Value.Listen).IsLoopback;

    /// <summary>Whether a call without a credential may do everything.</summary>
    private bool AllowsAnonymous =>
        options.Value.AllowAnonymous
        || (_isLoopback && !(options.Value.AcceptsTokens || tls.Value.AcceptsClientCertificates || directory.IsInUse));

    /// <summary>Returns a caller that has proved nothing.</summary>
    public static Caller Stranger(HttpContext context) => new(Name: null, new Grants([])) { Address = AddressOf(context) };

    /// <summary>Returns who calls.</summary>
    /// <exception cref="RequestException">
    /// Unauthenticated: it has no credential and needs one, or a wrong one. Unavailable: its token cannot be checked now.
    /// </exception>
    public async Task<Caller> AuthenticateAsync(HttpContext context)
    {
        Caller caller =
            SchemeOf(context) is { } scheme ? await AuthenticateAsync(context, scheme)
            : AllowsAnonymous ? Caller.Anonymous
            : throw Refusal("NO_CREDENTIAL", $"The call has no credential. {Remedy}");
        return caller with { Address = AddressOf(context) };
    }

    /// <summary>Whether a call of this caller would be accepted now.</summary>
    public bool IsStillValid(Caller caller) => caller.Name is null ? AllowsAnonymous : directory.IsValid(caller);

    /// <summary>The refusal of a stream whose credential is no longer valid. A new call may have a newer one.</summary>
    public static RequestException Ended() =>
        Refusal("CREDENTIAL_ENDED", "The credential of this stream has expired or was revoked; connect again with a valid one.");

    private static RequestException Refusal(string reason, string message) => new(RequestError.Unauthenticated, reason, message);

    private static string AddressOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? new IPEndPoint(address, context.Connection.RemotePort).ToString() : "";

    private string? SchemeOf(HttpContext context)
    {
        if (context.Request.Headers.Authorization.Count == 0)
            return context.Connection.ClientCertificate is null ? null : CertificateHandler.SchemeName;

        string token =
            BearerToken.Read(context.Request) ?? throw Refusal("WRONG_CREDENTIAL", $"The authorization is not a bearer token. {Remedy}");
        if (token.StartsWith(ApiKey.Prefix, StringComparison.Ordinal))
            return ApiKeyHandler.SchemeName;

        return options.Value.AcceptsTokens
            ? TokenOptions.Scheme
            : throw Refusal(
                "WRONG_CREDENTIAL",
                $"The authorization is not an API key ({ApiKey.Prefix}…), and this server accepts no tokens; send a key."
            );
    }

    private async Task<Caller> AuthenticateAsync(HttpContext context, string scheme)
    {
        AuthenticateResult result;
        try
        {
            result = await context.AuthenticateAsync(scheme);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Each caller can provoke it: the same problem is logged once, until a check succeeds.
            if (Interlocked.Exchange(ref _problem, exception.Message) != exception.Message)
                ServerLog.TokenCheckFailed(logger, exception);

            throw new RequestException(
                RequestError.Unavailable,
                "CREDENTIAL_NOT_CHECKED",
                "The credential could not be checked; the server's log has the cause.",
                exception
            )
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        }

        if (result.Principal?.Identity is not CallerIdentity identity)
            throw Refusal("WRONG_CREDENTIAL", Describe(result.Failure));

        _problem = null;
        return identity.Caller;
    }

    /// <summary>Describes a failure without what the caller sent.</summary>
    private static string Describe(Exception? failure) =>
        failure switch
        {
            SecurityTokenExpiredException expired => $"The token expired at {expired.Expires:u}; send a new one.",
            SecurityTokenNotYetValidException early => $"The token is not valid before {early.NotBefore:u}; send one that is valid now.",
            SecurityTokenInvalidIssuerException => "The token is of another issuer; send one of the issuer that this server trusts.",
            SecurityTokenInvalidAudienceException => "The token is for another audience; ask the issuer for one for this server.",
            SecurityTokenNoExpirationException => "The token never expires; it needs the claim exp.",
            SecurityTokenInvalidLifetimeException { NotBefore: var begin, Expires: var end } =>
                $"The token is never valid: it begins at {begin:u} (nbf), after its end at {end:u} (exp); ask the issuer for another one.",
            SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSigningKeyException =>
                "The token is signed by a key that the issuer does not list, or no longer; send a new one.",
            SecurityTokenInvalidSignatureException =>
                "The token's signature is not valid; send the token whole and unchanged, as its issuer wrote it.",
            SecurityTokenException or ArgumentException =>
                "The token, or a claim in it, cannot be read; send it whole and unchanged, as its issuer wrote it.",
            { } known => known.Message,
            null => "The credential proves no name.",
        };
}
