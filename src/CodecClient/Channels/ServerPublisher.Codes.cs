using Codec.Frames;
using Codec.Models;

namespace Codec.Client.Channels;

internal sealed partial class ServerPublisher
{
    private readonly ITimer _lingering;
    private CodeBatch? _batch;

    /// <inheritdoc/>
    public override Task<Sent> SendCodeAsync(
        ReadOnlyMemory<byte> code,
        CodeInfo? info = null,
        CancellationToken cancellationToken = default
    )
    {
        if (code.Length is 0 or > ModelLimits.MaxCodeBytes)
            throw new ArgumentException($"A code has 1 to {ModelLimits.MaxCodeBytes} bytes, not {code.Length}.", nameof(code));
        return BatchAsync(code.ToArray(), info.ToOutgoing(), cancellationToken);
    }

    private async Task<Sent> BatchAsync(byte[] code, CodeInfo info, CancellationToken cancellationToken)
    {
        using (await EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            if (
                _batch is { } open
                && (open.Count >= _options.CodesPerFrame || !open.HasRoom(code, info))
                && !await TrySendBatchAsync(cancellationToken).ConfigureAwait(false)
            )
            {
                ThrowEnded();
            }

            CodeBatch batch = _batch ??= new CodeBatch(Quality);
            var sent = new Sent(_items, _ledger);
            batch.Add(code, info, sent);
            if (batch.Count >= _options.CodesPerFrame)
                await SendOrTakeBackAsync(batch, cancellationToken).ConfigureAwait(false);
            else if (batch.Count == 1)
                _lingering.Change(_options.Linger, Timeout.InfiniteTimeSpan);
            _items++;
            return sent;
        }
    }

    private async Task SendOrTakeBackAsync(CodeBatch batch, CancellationToken cancellationToken)
    {
        bool sent = false;
        try
        {
            sent = await TrySendBatchAsync(cancellationToken).ConfigureAwait(false);
            if (!sent)
                ThrowEnded();
        }
        finally
        {
            // The caller gets the exception for this code; the codes before it keep waiting.
            if (!sent)
                batch.RemoveLast();
            if (batch.Count == 0)
                _batch = null;
        }
    }

    /// <summary>
    /// Puts the waiting codes into the window as one frame; the caller holds <c>_order</c>. False if the publisher has ended.
    /// </summary>
    private async Task<bool> TrySendBatchAsync(CancellationToken cancellationToken)
    {
        if (_batch is not { } batch)
            return true;
        if (!await TryEnqueueAsync(batch.ToPublication(), cancellationToken).ConfigureAwait(false))
            return false;
        _batch = null;
        return true;
    }

    /// <summary>Sends the waiting codes; if the publisher has ended, its end fails them instead.</summary>
    /// <returns>Completes when everything sent so far is answered.</returns>
    private async Task<Task> SendWaitingAsync(CancellationToken cancellationToken)
    {
        using (await TakeTurnAsync(cancellationToken).ConfigureAwait(false))
        {
            await TrySendBatchAsync(cancellationToken).ConfigureAwait(false);
            return _last;
        }
    }
}
