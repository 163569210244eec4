using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server.Hosting;

/// <summary>
/// The state of each health check by its name, and of each live model by <c>models/MODEL</c>. The checks run once a second, whatever the
/// number of watchers.
/// </summary>
internal sealed class HealthStates(HealthCheckService checks, ModelReadiness models) : IHealthCheckPublisher
{
    private const string Folder = $"{ModelHealth.CheckName}/";

    private Dictionary<string, bool> _known = [];
    private volatile TaskCompletionSource _changed = NewSource();

    /// <summary>Completes at the next change of a state.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Returns whether a check or a model is healthy now; null if there is none of this name.</summary>
    public async Task<bool?> CheckAsync(string name, CancellationToken cancellationToken)
    {
        if (name.StartsWith(Folder, StringComparison.Ordinal))
            return models.FindProblems().TryGetValue(name[Folder.Length..], out string? problem) ? problem is null : null;

        HealthReport report = await checks.CheckHealthAsync(check => check.Name == name, cancellationToken);
        return report.Entries.TryGetValue(name, out HealthReportEntry entry) ? IsHealthy(entry) : null;
    }

    /// <summary>Takes what the checks found, and tells the watchers if something has changed.</summary>
    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        Dictionary<string, bool> now = report.Entries.ToDictionary(check => check.Key, check => IsHealthy(check.Value));
        foreach ((string model, string? problem) in models.FindProblems())
            now[Folder + model] = problem is null;

        bool isSame = now.Count == _known.Count && now.All(state => _known.TryGetValue(state.Key, out bool was) && was == state.Value);
        _known = now;
        if (!isSame)
            Interlocked.Exchange(ref _changed, NewSource()).SetResult();

        return Task.CompletedTask;
    }

    private static bool IsHealthy(HealthReportEntry entry) => entry.Status != HealthStatus.Unhealthy;

    // Continuations run elsewhere: a change wakes every watcher.
    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
