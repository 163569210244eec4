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

    /// <summary>Runs a piece of work; the task completes with its result or exception.</summary>
    /// <param name="payer">For whom it runs.</param>
    /// <param name="work">The work; never cancelled once it has begun.</param>
    /// <param name="cancellationToken">Ends the wait for a thread.</param>
    public async Task<T> RunAsync<T>(Payer payer, Func<T> work, CancellationToken cancellationToken)
    {
        using IDisposable place = await _places.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(
            () =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            },
            CancellationToken.None
        );
        return await done.Task;
    }

    /// <summary>Ends the threads when their work is done.</summary>
    public void Dispose() => _work.CompleteAdding();

    private void Run()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
            work();
    }
}
