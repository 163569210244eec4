using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Identity;

/// <summary>Refuses to listen beyond the loopback while nobody needs a credential, unless the options say so.</summary>
internal sealed class ExposureCheck(IOptions<ServerOptions> server, IOptions<TlsOptions> tls, ICredentialStore store)
    : IValidateOptions<IdentityOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, IdentityOptions options)
    {
        bool isGuarded = options.AllowAnonymous || options.AcceptsTokens || options.KeysFile.Length > 0;
        return isGuarded || !IsExposed() || store.Read() is not null
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{server.Value.Listen} can be reached from other hosts, and no caller would need a credential. Create an API key first "
                    + "(CodecServer keys create NAME --role admin), name a file of keys (--keys-file), an issuer of tokens (--jwt-issuer) or an "
                    + "authority of clients' certificates (--client-ca), listen on the loopback (--listen http://127.0.0.1:5080), or allow "
                    + "everything to everyone (--allow-anonymous)."
            );
    }

    private bool IsExposed() => !ListenAddress.Parse(server.Value.Listen).IsLoopback && !tls.Value.AcceptsClientCertificates;
}
