using System.Buffers;
using System.IO.Pipelines;
using Codec.Server.Limits;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Codec.Server.Services;

/// <summary>
/// Bounds the messages that a call receives before gRPC, which buffers a whole message, reads them. Reads each message's prefix, refuses a
/// message that is too large for its method, takes room for it before more than the connection's window is buffered, and ends a call whose
/// message arrives too slowly.
/// </summary>
/// <remarks>
/// Room is taken for the declared length at once, not for the bytes as they arrive: many messages that each hold a part of the room, none
/// of which can be completed, would block it. The lowest rate bounds for how long a message that does not arrive holds its room.
/// gRPC consumes whole messages, so that a buffer always begins with a prefix.
/// </remarks>
internal sealed class IncomingMessages(
    HttpContext context,
    PipeReader inner,
    MessageRules rules,
    ServerLimits limits,
    Payer payer,
    TimeProvider time
) : PipeReader, IRequestBodyPipeFeature, IDisposable
{
    private SequencePosition _start;
    private FairBudget.Reservation? _arriving;
    private LargeMessage? _large;
    private FairBudget.Reservation? _delivered;
    private bool _isPartial = rules.BeginsAtOnce;
    private long _beganAt = time.GetTimestamp();
    private long _arrived;
    private bool _isDelivered;
    private IDisposable? _kept;
    private readonly Lock _lock = new();
    private ITimer? _answering;
    private bool _hasEnded;

    /// <summary>The caller and connection that the call is charged to.</summary>
    public Payer Payer => payer;

    /// <summary>Why a message was refused; null if none was.</summary>
    public RequestException? Refusal { get; private set; }

    PipeReader IRequestBodyPipeFeature.Reader => this;

    /// <summary>
    /// Hands over the room of the message that was read last: the receiver disposes of it when it lets go of the message. Room that is not
    /// taken is returned when the next message is read or the call ends.
    /// </summary>
    public IDisposable? TakeRoom() => Interlocked.Exchange(ref _delivered, null);

    /// <summary>Returns room, such as that of a unary call's answer, when the call ends.</summary>
    public void KeepUntilEnd(IDisposable room) => _kept = room;

    /// <summary>Resets the call if its single answer is not read within a time from now.</summary>
    public void BeginAnswer(TimeSpan limit) =>
        _answering = time.CreateTimer(
            _ =>
            {
                // Once the call has ended, its context may serve another one.
                lock (_lock)
                {
                    if (!_hasEnded)
                        StreamReset.Send(context, StreamReset.EnhanceYourCalm);
                }
            },
            null,
            limit,
            Timeout.InfiniteTimeSpan
        );

    /// <inheritdoc/>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (!rules.IsSingle)
            TakeRoom()?.Dispose();

        ReadResult result = await ReadInTimeAsync(cancellationToken);
        if (_large is not null)
            return await FillAsync(_large, result, cancellationToken);

        ReadOnlySequence<byte> buffer = result.Buffer;
        _start = buffer.Start;
        if (buffer.IsEmpty || result.IsCanceled || _isDelivered)
            return result;

        if (!_isPartial)
        {
            _isPartial = true;
            _beganAt = time.GetTimestamp();
        }

        _arrived = buffer.Length;
        if (_arriving is null && MessagePrefix.TryRead(buffer, out MessagePrefix prefix))
        {
            try
            {
                await AdmitAsync(prefix, cancellationToken);
            }
            catch
            {
                inner.AdvanceTo(buffer.Start);
                throw;
            }

            if (prefix.Length > ServerLimits.SmallMessageBytes)
                return await FillAsync(_large = new LargeMessage(MessagePrefix.Bytes + (int)prefix.Length), result, cancellationToken);
        }

        return result;
    }

    /// <summary>Reads a large message to its end, or to that of the call.</summary>
    private async ValueTask<ReadResult> FillAsync(LargeMessage message, ReadResult result, CancellationToken cancellationToken)
    {
        while (true)
        {
            SequencePosition end = message.Add(result.Buffer);
            bool hasEnded = result.IsCompleted && result.Buffer.Slice(end).IsEmpty;
            inner.AdvanceTo(end);
            _arrived = message.Count;
            if (message.IsComplete || hasEnded || result.IsCanceled)
            {
                _start = message.Arrived.Start;
                return new ReadResult(message.Arrived, result.IsCanceled, hasEnded);
            }

            result = await ReadInTimeAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result) => throw new NotSupportedException("gRPC reads asynchronously.");

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!consumed.Equals(_start))
        {
            _delivered = _arriving;
            _arriving = null;
            _isPartial = rules.IsSingle;
            _isDelivered = rules.IsSingle;
            if (_large is not null)
            {
                // It was taken out of the buffer before.
                _large = null;
                return;
            }
        }

        if (_large is null)
            inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <summary>Returns the room of messages that were not handed over.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _hasEnded = true;
        }

        _answering?.Dispose();
        _arriving?.Dispose();
        TakeRoom()?.Dispose();
        _kept?.Dispose();
    }

    /// <summary>Waits for bytes; while a message is incomplete, no longer than it may take.</summary>
    private async ValueTask<ReadResult> ReadInTimeAsync(CancellationToken cancellationToken)
    {
        ValueTask<ReadResult> reading = inner.ReadAsync(cancellationToken);
        if (reading.IsCompleted || !_isPartial)
            return await reading;

        TimeSpan left = rules.Grace + TimeSpan.FromSeconds((double)_arrived / rules.BytesPerSecond) - time.GetElapsedTime(_beganAt);
        if (left > TimeSpan.Zero)
        {
            Task<ReadResult> read = reading.AsTask();
            try
            {
                return await read.WaitAsync(left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                await GiveUpAsync(read);
            }
        }
        else
        {
            await GiveUpAsync(reading.AsTask());
        }

        throw Refuse(
            new RequestException(
                RequestError.Aborted,
                "MESSAGE_STALLED",
                $"{_arrived} bytes of a message arrived in {time.GetElapsedTime(_beganAt).TotalSeconds:0} s; a message has {rules.Grace.TotalSeconds:0} s, "
                    + $"and 1 s more for each {rules.BytesPerSecond} bytes. Send it at once, or in smaller parts."
            )
        );
    }

    private async Task GiveUpAsync(Task<ReadResult> read)
    {
        inner.CancelPendingRead();
        await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (read.IsCompletedSuccessfully)
            inner.AdvanceTo(read.Result.Buffer.Start);
    }

    private async ValueTask AdmitAsync(MessagePrefix prefix, CancellationToken cancellationToken)
    {
        if (prefix.IsCompressed)
        {
            throw Refuse(
                new RequestException(
                    RequestError.InvalidArgument,
                    "COMPRESSED_MESSAGE",
                    "The message is compressed; send it uncompressed. Images and codes do not become smaller, and its size would be unknown."
                )
            );
        }

        if (prefix.Length > (uint)rules.MaxBytes)
            throw Refuse(MalformedRequests.TooLarge(prefix.Length, rules.MaxBytes, rules.Remedy));

        try
        {
            _arriving = await limits.TakeMessageAsync(
                payer,
                prefix.Length,
                rules.IsSingle ? limits.UnaryPatience : limits.StreamPatience,
                cancellationToken.CanBeCanceled ? cancellationToken : context.RequestAborted
            );
        }
        catch (RequestException full)
        {
            throw Refuse(full);
        }

        // The wait for room does not count as time that the message took to arrive.
        _beganAt = time.GetTimestamp();
    }

    private RpcException Refuse(RequestException refusal)
    {
        Refusal = refusal;
        return refusal.ToStatus().ToRpcException();
    }
}
