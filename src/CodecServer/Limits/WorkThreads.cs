using System.Collections.Concurrent;

namespace Codec.Server.Limits;

/// <summary>
/// Runs work that takes long on threads of its own: the pool's threads serve requests, and one that computes delays every other call. As
/// many pieces of work run as there are threads; a thread that becomes free takes the work of the caller that has fewest.
/// </summary>
internal sealed class WorkThreads : IDisposable
{
    private readonly FairBudget _places;

    // Holds no more than one piece of work for each thread.
    private readonly BlockingCollection<Action> _work = [];

    /// <summary>Starts the threads.</summary>
    /// <param name="name">What they do.</param>
    /// <param name="count">Number of threads.</param>
    /// <param name="time">Measures waits.</param>
    public WorkThreads(string name, int count, TimeProvider time)
    {
        _places = new FairBudget(name, new BudgetShares(count, count, count), time);
        for (int i = 0; i < count; i++)
            new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Waits for a thread; it is the caller's until the returned object is disposed.</summary>
    /// <param name="payer">For whom it will work.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<Worker> EnterAsync(Payer payer, CancellationToken cancellationToken) =>
        new(this, await _places.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken));

    /// <summary>Waits for a thread, and runs a piece of work on it.</summary>
    public async Task<T> RunAsync<T>(Payer payer, Func<T> work, CancellationToken cancellationToken)
    {
        using Worker worker = await EnterAsync(payer, cancellationToken);
        return await worker.RunAsync(work);
    }

    /// <summary>Ends the threads when their work is done.</summary>
    public void Dispose() => _work.CompleteAdding();

    private void Run()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
            work();
    }

    /// <summary>A thread that a caller has for itself.</summary>
    internal sealed class Worker(WorkThreads owner, IDisposable place) : IDisposable
    {
        /// <summary>Runs a piece of work; the task completes with its result or exception.</summary>
        public Task<T> RunAsync<T>(Func<T> work)
        {
            var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            owner._work.Add(() =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            });
            return done.Task;
        }

        /// <inheritdoc/>
        public void Dispose() => place.Dispose();
    }
}
