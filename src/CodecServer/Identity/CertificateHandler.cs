using System.Security.Cryptography.X509Certificates;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Codec.Server.Identity;

/// <summary>Authenticates by a name in the client's certificate, for which a credential was created.</summary>
/// <remarks>
/// The handshake has checked the certificate against the only authorities that issue them (ServerTls). The library's
/// own handler would check it again, against roots that it does not read again.
/// </remarks>
internal sealed class CertificateHandler(
    CredentialDirectory directory,
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The name of the scheme.</summary>
    public const string SchemeName = "Certificate";

    private const string CommonName = "2.5.4.3";

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(
            Context.Connection.ClientCertificate is { } certificate ? Authenticate(certificate) : AuthenticateResult.NoResult()
        );

    private AuthenticateResult Authenticate(X509Certificate2 certificate)
    {
        string[] names = [.. NamesIn(certificate)];
        if (directory.FindCertificate(names) is not { } credential)
        {
            return AuthenticateResult.Fail(
                $"No credential accepts the certificate of '{PlainText.Of(string.Join("', '", names))}'; an administrator can create one "
                    + "(CodecServer keys create NAME --certificate …)."
            );
        }

        Caller caller = CallerIdentity.Of(credential, "certificate") with { ExpiresAt = certificate.NotAfter.ToUniversalTime() };
        return CallerIdentity.Succeed(caller, SchemeName);
    }

    /// <summary>The names that its authority confirms: the first URI, the DNS names, the common name of the subject.</summary>
    private static IEnumerable<string> NamesIn(X509Certificate2 certificate) =>
        [
            .. new[] { certificate.GetNameInfo(X509NameType.UrlName, forIssuer: false) }.Where(name => name.Length > 0),
            .. certificate
                .Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(alternatives => alternatives.EnumerateDnsNames()),
            .. certificate
                .SubjectName.EnumerateRelativeDistinguishedNames()
                .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
                .Select(part => part.GetSingleElementValue())
                .OfType<string>(),
        ];
}
