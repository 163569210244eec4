using Codec.Client.Channels;

namespace Codec.Client;

/// <summary>An image, code or frame that a publisher has accepted for sending.</summary>
public sealed class Sent
{
    // Continuations run elsewhere, so that the caller's code does not delay the answers.
    private readonly TaskCompletionSource<Acknowledgement> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FailureLedger? _ledger;

    /// <summary>Creates an item, as a fake of a publisher does.</summary>
    /// <param name="index">Number of the item in its publisher, from 0.</param>
    /// <param name="acknowledged">Completes with the acknowledgement, or fails with a <see cref="CodecException"/>.</param>
    public Sent(long index, Task<Acknowledgement> acknowledged)
    {
        ArgumentNullException.ThrowIfNull(acknowledged);
        (Index, Answer) = (index, acknowledged);
    }

    internal Sent(long index, FailureLedger ledger) => (Index, _ledger, Answer) = (index, ledger, _answer.Task);

    /// <summary>Number of the item in this publisher, from 0. An image, a code and a frame count as one each.</summary>
    public long Index { get; }

    /// <summary>
    /// Completes when the item is durable; fails with the <see cref="CodecException"/> of the server's refusal or of the publisher's end.
    /// Reading this property takes responsibility for the failure: <see cref="ChannelPublisher.FlushAsync"/> and
    /// <see cref="ChannelPublisher.DisposeAsync"/> do not report it again.
    /// </summary>
    public Task<Acknowledgement> Acknowledged
    {
        get
        {
            Observe();
            return Answer;
        }
    }

    /// <summary>The answer, for use within this library: reading it does not mark the item as observed.</summary>
    internal Task<Acknowledgement> Answer { get; }

    /// <summary>The tally that counts its failure; guarded by the ledger.</summary>
    internal FailureTally? CountedIn { get; set; }

    /// <summary>Whether the caller sees its failure; guarded by the ledger.</summary>
    internal bool IsObserved { get; set; }

    /// <summary>Marks the item: the caller has seen its failure or holds its task.</summary>
    internal void Observe() => _ledger?.Observe(this);

    internal void Acknowledge(Acknowledgement acknowledgement) => _answer.TrySetResult(acknowledgement);

    /// <summary>Fails the item because the server refused it; the publisher continues.</summary>
    internal void Refuse(CodecException refusal)
    {
        _ledger?.AddRefused(this, refusal);
        Fail(refusal);
    }

    /// <summary>Fails the item because the publisher ended before the answer.</summary>
    internal void Lose(CodecException failure)
    {
        _ledger?.AddLost(this, failure);
        Fail(failure);
    }

    private void Fail(CodecException exception)
    {
        _answer.TrySetException(exception);
        // Observe the exception so that it does not reach UnobservedTaskException: the ledger reports it.
        _ = _answer.Task.Exception;
    }
}
