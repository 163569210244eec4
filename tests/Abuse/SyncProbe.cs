using System.Collections.Concurrent;
using System.Diagnostics;

namespace Codec.Tests.Abuse;

/// <summary>
/// Times what the disk alone takes to make 4 KiB durable, ten times a second: each Publish waits for at least one such sync. Disposing it
/// deletes its file.
/// </summary>
internal sealed class SyncProbe : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _end = new();
    private readonly string _path;
    private readonly Task _loop;
    private ConcurrentBag<double> _times = [];

    /// <summary>Begins.</summary>
    /// <param name="folder">A folder on the disk.</param>
    public SyncProbe(string folder)
    {
        _path = Path.Combine(folder, "sync-probe");
        _loop = RunAsync(_end.Token);
    }

    /// <summary>Returns the milliseconds of each sync since the last call.</summary>
    public double[] Take() => [.. Interlocked.Exchange(ref _times, [])];

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task RunAsync(CancellationToken end)
    {
        await using var file = new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.None, 4096, FileOptions.DeleteOnClose);
        using var timer = new PeriodicTimer(Interval);
        var bytes = new byte[4096];
        while (await timer.WaitForNextTickAsync(end))
        {
            long began = Stopwatch.GetTimestamp();
            file.Position = 0;
            await file.WriteAsync(bytes, end);
            file.Flush(flushToDisk: true);
            _times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    }
}
