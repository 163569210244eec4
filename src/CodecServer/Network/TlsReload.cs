using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Network;

/// <summary>
/// Looks at the files of the certificate now and then. Kubernetes exchanges a Secret's files through a symbolic link, which a watch of
/// their names does not see.
/// </summary>
internal sealed class TlsReload(ServerTls tls, IOptions<TlsOptions> options, TimeProvider time) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!tls.IsOn)
            return;

        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.ReloadSeconds), time);
        while (await timer.WaitAsync(stoppingToken))
            tls.Reload();
    }
}
