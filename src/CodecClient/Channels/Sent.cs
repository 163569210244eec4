using Codec.Client.Channels;

namespace Codec.Client;

/// <summary>An image, code or frame that a publisher took to send.</summary>
public sealed class Sent
{
    // Continuations run elsewhere: a caller's code must not hold up the answers.
    private readonly TaskCompletionSource<Acknowledgement> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FailureLedger _ledger;

    internal Sent(long index, FailureLedger ledger) => (Index, _ledger) = (index, ledger);

    /// <summary>Its place in what this publisher took to send: 0 is the first. An image, a code and a frame count as one each.</summary>
    public long Index { get; }

    /// <summary>
    /// Ends when it is durable; or with the <see cref="CodecException"/> for which the server refused it, or that ended the publisher. To
    /// take the task is to watch over it: a failure is then not reported again by <see cref="ChannelPublisher.FlushAsync"/> and
    /// <see cref="ChannelPublisher.DisposeAsync"/>.
    /// </summary>
    public Task<Acknowledgement> Acknowledged
    {
        get
        {
            Observe();
            return _answer.Task;
        }
    }

    /// <summary>The answer, for this library: to take it observes nothing.</summary>
    internal Task<Acknowledgement> Answer => _answer.Task;

    /// <summary>Where its failure is counted; guarded by the ledger.</summary>
    internal FailureTally? CountedIn { get; set; }

    /// <summary>Whether the caller watches over it; guarded by the ledger.</summary>
    internal bool IsObserved { get; set; }

    /// <summary>The caller learns of a failure, or has the means to.</summary>
    internal void Observe() => _ledger.Observe(this);

    internal void Acknowledge(Acknowledgement acknowledgement) => _answer.TrySetResult(acknowledgement);

    /// <summary>The server refused it; the publisher goes on.</summary>
    internal void Refuse(CodecException refusal)
    {
        _ledger.AddRefused(this, refusal);
        Fail(refusal);
    }

    /// <summary>The publisher ended before it was answered.</summary>
    internal void Lose(CodecException failure)
    {
        _ledger.AddLost(this, failure);
        Fail(failure);
    }

    private void Fail(CodecException exception)
    {
        _answer.TrySetException(exception);
        // Observe the exception so that it does not reach UnobservedTaskException: the ledger reports it.
        _ = _answer.Task.Exception;
    }
}
