using Codec.Models;
using Codec.Server.Models;
using Codec.Server.Stores;

namespace Codec.Server.Hosting;

/// <summary>Whether one model can be used: all versions that its alias <c>live</c> points to are loaded, or can be now.</summary>
internal sealed class ModelReadiness(IModelRegistry registry, ModelHost host)
{
    /// <summary>Checks a model; returns why it is not ready, or null if it is.</summary>
    /// <exception cref="RequestException">NotFound: there is no such model, or it has no live version.</exception>
    public async Task<string?> FindProblemAsync(string model, CancellationToken cancellationToken)
    {
        AliasRecord? live = ModelLimits.IsName(model)
            ? await registry.FindAliasAsync(model, ModelReference.LiveAlias, cancellationToken)
            : null;
        if (live is null)
            throw RequestException.NotFound("live model", model);

        foreach (Digest version in live.Targets.Items.Select(target => target.Version))
        {
            // A probe must not read a damaged version again and again.
            if (host.Damaged.FirstOrDefault(damaged => damaged.Version == version) is { } damaged)
                return damaged.Problem;

            try
            {
                using ModelLease lease = await host.AcquireAsync(version, TimeSpan.Zero, cancellationToken);
            }
            catch (RequestException exception)
            {
                return exception.Message;
            }
        }

        return null;
    }
}
