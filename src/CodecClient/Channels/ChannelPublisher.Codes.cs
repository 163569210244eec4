using Codec.Client.Channels;
using Google.Protobuf;

namespace Codec.Client;

public sealed partial class ChannelPublisher
{
    /// <summary>Bytes of codes that share a frame; a larger code travels alone. More would gain nothing, and the server bounds its messages.</summary>
    private const int MaxBatchBytes = 1 << 20;

    private readonly ITimer _lingering;
    private Batch? _batch;

    /// <summary>Sends a code made here with this publisher's version and quality (<see cref="GetEncoderAsync"/>).</summary>
    /// <param name="code">The code; borrowed until it is acknowledged.</param>
    /// <param name="cancellationToken">Stops waiting for room in the window; the code is not sent then.</param>
    /// <returns>
    /// Once it is in the window, or waits with others for their frame (<see cref="PublisherOptions.CodesPerFrame"/>): the task of its
    /// acknowledgement.
    /// </returns>
    /// <exception cref="ArgumentException">The code is empty or larger than a frame.</exception>
    /// <exception cref="CodecException">The publisher has ended with this failure.</exception>
    public async Task<Sent> SendCodeAsync(ReadOnlyMemory<byte> code, CancellationToken cancellationToken = default)
    {
        if (code.Length is 0 or > ModelLimits.MaxCodeBytes)
            throw new ArgumentException($"A code has 1 to {ModelLimits.MaxCodeBytes} bytes, not {code.Length}.", nameof(code));
        using (await EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_batch is { } full && (full.Codes.Count >= _options.CodesPerFrame || full.Bytes + code.Length > MaxBatchBytes))
                await SendBatchAsync(cancellationToken).ConfigureAwait(false);
            Batch batch = _batch ??= new Batch();
            batch.Add(code);
            Task<Acknowledgement> acknowledged = batch.AcknowledgedAsync(batch.Codes.Count - 1);
            if (batch.Codes.Count >= _options.CodesPerFrame)
            {
                await SendOrTakeBackAsync(batch, cancellationToken).ConfigureAwait(false);
            }
            else if (batch.Codes.Count == 1)
            {
                _lingering.Change(_options.Linger, Timeout.InfiniteTimeSpan);
            }

            // The publisher may have ended before it could see this batch.
            if (_failure is { } failure) batch.Publication.Fail(failure);
            return new Sent(acknowledged);
        }
    }

    private async Task SendOrTakeBackAsync(Batch batch, CancellationToken cancellationToken)
    {
        try
        {
            await SendBatchAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            batch.RemoveLast();
            if (batch.Codes.Count == 0) _batch = null;
            throw;
        }
    }

    /// <summary>Puts the codes that wait into the window as one frame; the order is held.</summary>
    private async Task SendBatchAsync(CancellationToken cancellationToken)
    {
        if (_batch is not { } batch) return;
        batch.Publication.Request.Frame = UnsafeByteOperations.UnsafeWrap(CodeFrame.Write(Quality, batch.Codes));
        await EnqueueAsync(batch.Publication, cancellationToken).ConfigureAwait(false);
        _batch = null;
    }

    private async Task SendLingeringAsync()
    {
        try
        {
            using (await EnterAsync(_stop.Token).ConfigureAwait(false)) await SendBatchAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is CodecException or OperationCanceledException or ObjectDisposedException)
        {
            // The publisher has ended, and the codes' own tasks have failed with what ended it.
        }
    }

    /// <summary>Codes that will share a frame.</summary>
    private sealed class Batch
    {
        public List<ReadOnlyMemory<byte>> Codes { get; } = [];

        public int Bytes { get; private set; }

        public Publication Publication { get; } = new(new V1.PublishRequest());

        public void Add(ReadOnlyMemory<byte> code)
        {
            Codes.Add(code);
            Bytes += code.Length;
        }

        public void RemoveLast()
        {
            Bytes -= Codes[^1].Length;
            Codes.RemoveAt(Codes.Count - 1);
        }

        public async Task<Acknowledgement> AcknowledgedAsync(int index)
        {
            Acknowledgement frame = await Publication.Acknowledged.ConfigureAwait(false);
            return new Acknowledgement(frame.FirstSequence + index, 1);
        }
    }
}
