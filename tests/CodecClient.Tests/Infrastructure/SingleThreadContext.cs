using System.Collections.Concurrent;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>Runs everything that is posted on one thread, as the context of a window does.</summary>
internal sealed class SingleThreadContext : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _queue = [];

    public override void Post(SendOrPostCallback d, object? state) => _queue.Add((d, state));

    public void Run(Func<Task> body)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            SetSynchronizationContext(this);
            Task running = body();
            running.ContinueWith(_ => _queue.CompleteAdding(), TaskScheduler.Default);
            foreach ((SendOrPostCallback callback, object? state) in _queue.GetConsumingEnumerable())
                callback(state);
            failure = running.Exception?.InnerException;
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            throw new InvalidOperationException(failure.Message, failure);
    }

    public void Dispose() => _queue.Dispose();
}
