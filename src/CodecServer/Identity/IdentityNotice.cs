using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Identity;

/// <summary>Warns at the start where everyone may call, or nobody can.</summary>
internal sealed class IdentityNotice(
    CredentialDirectory directory,
    IOptions<IdentityOptions> options,
    IOptions<ServerOptions> server,
    ILogger<IdentityNotice> logger
) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        IdentityOptions identity = options.Value;
        if (identity.AllowAnonymous && !ListenAddress.Parse(server.Value.Listen).IsLoopback)
            ServerLog.AnonymousAllowed(logger, server.Value.Listen);
        else if (!identity.AllowAnonymous && !identity.AcceptsTokens && directory.IsInUse && !directory.HasCredentials)
            ServerLog.NoCredentials(logger, identity.KeysFile);

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
