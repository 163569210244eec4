using System.Security.Claims;
using Codec.Server.Stores;
using Microsoft.AspNetCore.Authentication;

namespace Codec.Server.Identity;

/// <summary>Carries a caller from the handler that authenticated it.</summary>
internal sealed class CallerIdentity(Caller caller, string scheme) : ClaimsIdentity(scheme)
{
    /// <summary>The caller.</summary>
    public Caller Caller { get; } = caller;

    /// <summary>Creates the caller of a stored credential.</summary>
    /// <param name="credential">The credential.</param>
    /// <param name="kind"><c>key</c> or <c>certificate</c>.</param>
    public static Caller Of(CredentialRecord credential, string kind) =>
        new(credential.Name, Grants.Of(credential.Roles)) { Credential = $"{kind} {credential.Id}", CredentialId = credential.Id };

    /// <summary>Returns the successful result of a handler.</summary>
    public static AuthenticateResult Succeed(Caller caller, string scheme) =>
        AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new CallerIdentity(caller, scheme)), scheme));
}
