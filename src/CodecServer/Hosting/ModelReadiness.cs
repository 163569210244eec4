using Codec.Server.Models;
using Codec.Server.Stores;

namespace Codec.Server.Hosting;

/// <summary>
/// Whether a model can be used: no version that its alias <c>live</c> points to failed when it was loaded last. It reads what is known and
/// loads nothing, so that anyone may ask at any rate.
/// </summary>
internal sealed class ModelReadiness(ModelHost host)
{
    /// <summary>Returns, for each model with a live version, why it is not ready, or null if it is.</summary>
    public IReadOnlyDictionary<string, string?> FindProblems() => host.Live.ToDictionary(live => live.Model, FindProblem);

    /// <summary>Returns why a model is not ready, or null if it is.</summary>
    /// <exception cref="RequestException">NotFound: there is no such model, or it has no live version.</exception>
    public string? FindProblem(string model) =>
        host.Live.FirstOrDefault(live => live.Model == model) is { } live
            ? FindProblem(live)
            : throw RequestException.NotFound("live model", model);

    private string? FindProblem(AliasRecord live) =>
        live.Targets.Items.Select(target => host.FindProblem(target.Version)).FirstOrDefault(problem => problem is not null);
}
