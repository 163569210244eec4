using System.Numerics;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server.Hosting;

/// <summary>
/// Whether the process can go on: the service <c>live</c> of the health protocol. It fails after memory ran out again and again; the
/// process should then be started anew.
/// </summary>
/// <remarks>
/// It counts the seconds in which an allocation failed, not the failures: one burst of calls that fail together is one second, and an
/// exception that is thrown again on its way up is not counted twice. It allocates nothing where memory has run out.
/// </remarks>
internal sealed class Liveness(TimeProvider time) : IHostedService, IHealthCheck
{
    /// <summary>The name of this check.</summary>
    public const string CheckName = "live";

    /// <summary>Seconds with a failed allocation, of the last <see cref="WindowSeconds"/>, at which the check fails.</summary>
    public const int MaxFailedSeconds = 5;

    /// <summary>Seconds that are looked back: the bits of a word.</summary>
    public const int WindowSeconds = 64;

    private readonly Lock _lock = new();

    // Bit n is set if an allocation failed n seconds before the second that was recorded last.
    private ulong _failed;
    private long _second;

    /// <summary>Seconds of the last <see cref="WindowSeconds"/> in which an allocation failed.</summary>
    public int FailedSeconds
    {
        get
        {
            lock (_lock)
            {
                Advance();
                return BitOperations.PopCount(_failed);
            }
        }
    }

    /// <summary>Records that an allocation failed now.</summary>
    public void Failed()
    {
        lock (_lock)
        {
            Advance();
            _failed |= 1;
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        int failed = FailedSeconds;
        return Task.FromResult(
            failed < MaxFailedSeconds
                ? HealthCheckResult.Healthy("The process answers, and memory suffices.")
                : HealthCheckResult.Unhealthy(
                    $"Memory ran out in {failed} of the last {WindowSeconds} seconds; start the server again, with more memory or lower limits."
                )
        );
    }

    /// <summary>Begins to watch for failed allocations, wherever they are caught.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        AppDomain.CurrentDomain.FirstChanceException += Watch;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        AppDomain.CurrentDomain.FirstChanceException -= Watch;
        return Task.CompletedTask;
    }

    private void Watch(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        if (thrown.Exception is OutOfMemoryException)
            Failed();
    }

    /// <summary>Moves the window to the current second.</summary>
    private void Advance()
    {
        long now = time.GetTimestamp() / time.TimestampFrequency;
        long passed = now - _second;
        _failed = passed >= WindowSeconds ? 0 : _failed << (int)passed;
        _second = now;
    }
}
