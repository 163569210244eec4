using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>Who may call: section <c>Codec:Identity</c>.</summary>
[Description("Who may call")]
internal sealed class IdentityOptions : IValidatableObject
{
    /// <summary>
    /// Whether a call without a credential may do everything, as on a server that has no credentials. One with a wrong credential is still
    /// refused.
    /// </summary>
    [Description("Allow everything to calls without a credential, also beyond the loopback and beside configured credentials")]
    public bool AllowAnonymous { get; set; }

    /// <summary>
    /// A file of credentials in addition to those of the data directory, read again when it changes, such as a mounted Secret. With it,
    /// callers need a credential even while it does not exist.
    /// </summary>
    [Description("File of credentials in addition to those that the command keys creates, such as a mounted Secret; may be created later")]
    public string KeysFile { get; set; } = "";

    /// <summary>The issuer of tokens (JWT), as their claim iss has it; empty accepts no tokens.</summary>
    [Description("Issuer of tokens (JWT), as their claim iss has it; empty accepts no tokens")]
    public string JwtIssuer { get; set; } = "";

    /// <summary>The audience that a token must be for: its claim aud.</summary>
    [Description("Audience that a token must name in its claim aud")]
    public string JwtAudience { get; set; } = "";

    /// <summary>
    /// The issuer's public keys (JWKS): an https URL, read again every five minutes and at an unknown key; or a file, read again when it
    /// changes. Empty takes the URL from the issuer's <c>.well-known/openid-configuration</c>.
    /// </summary>
    [Description("Public keys of the issuer (JWKS): an https URL or a file; empty reads the issuer's .well-known/openid-configuration")]
    public string JwtKeys { get; set; } = "";

    /// <summary>The claim that names the caller.</summary>
    [Description("Claim of a token that names the caller")]
    [Required]
    public string JwtNameClaim { get; set; } = "sub";

    /// <summary>
    /// The claim that lists roles: an array with one in each element, or text with spaces between them. Others have no effect.
    /// </summary>
    [Description(
        "Claim of a token that lists roles, such as publish:cameras.*: an array (one in each element) or text (spaces between them)"
    )]
    [Required]
    public string JwtRolesClaim { get; set; } = "roles";

    /// <summary>Seconds by which the clocks of issuer and server may differ.</summary>
    [Description("Seconds by which the clocks of the issuer of tokens and of this server may differ")]
    [Range(0, 600)]
    public int JwtClockSkewSeconds { get; set; } = 60;

    /// <summary>Whether tokens are accepted.</summary>
    internal bool AcceptsTokens => JwtIssuer.Length > 0;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AcceptsTokens != JwtAudience.Length > 0)
            yield return Invalid("--jwt-issuer and --jwt-audience belong together: set both, or neither.", nameof(JwtAudience));

        if (JwtKeys.Length > 0 && !AcceptsTokens)
            yield return Invalid("--jwt-keys needs --jwt-issuer and --jwt-audience.", nameof(JwtKeys));

        string source = JwtKeys.Length > 0 ? JwtKeys : JwtIssuer;
        bool isUrl = Uri.TryCreate(source, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https";
        if (isUrl && url is { Scheme: "http", IsLoopback: false })
        {
            yield return Invalid(
                $"The keys of tokens would be read from {source} in clear text; use https (http is allowed on the loopback).",
                nameof(JwtKeys)
            );
        }

        if (!isUrl && AcceptsTokens && JwtKeys.Length == 0)
        {
            yield return Invalid(
                $"The issuer '{JwtIssuer}' is not a URL to read its keys from; name them with --jwt-keys, a URL or a file.",
                nameof(JwtKeys)
            );
        }
    }

    private static ValidationResult Invalid(string message, string option) => new(message, [option]);
}
