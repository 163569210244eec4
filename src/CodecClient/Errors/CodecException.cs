using Codec.Errors;
using Grpc.Core;

namespace Codec.Client;

/// <summary>What leaves this library when a call fails, besides the caller's own mistakes and cancellation.</summary>
/// <remarks>
/// The whole tree: <see cref="NotFoundException"/>, <see cref="InvalidRequestException"/>, <see cref="SequenceException"/>,
/// <see cref="ConflictException"/>, <see cref="ProducerFencedException"/>, <see cref="ProducerForgottenException"/>,
/// <see cref="UnavailableException"/>, <see cref="CorruptDataException"/>, <see cref="UnsupportedModelException"/>,
/// <see cref="UnacknowledgedItemsException"/> and <see cref="ServerException"/>.
/// Beside it only <see cref="ArgumentException"/> (a mistake that needs no server to see), <see cref="OperationCanceledException"/> (the
/// caller's token) and <see cref="ObjectDisposedException"/> (the client or publisher was disposed of) leave a method of this library.
/// </remarks>
public abstract class CodecException : Exception
{
    private protected CodecException(StatusCode status, string message, Exception? innerException)
        : base(message, innerException) => Status = status;

    /// <summary>The gRPC status: the server's, or the one that describes what this side found.</summary>
    public StatusCode Status { get; }

    /// <summary>Whether the same call may succeed a little later.</summary>
    internal bool IsTransient { get; init; }
}

/// <summary>What the call names does not exist: a model, version, alias, channel, blob or head.</summary>
public sealed class NotFoundException : CodecException
{
    internal NotFoundException(string message, Exception? innerException = null)
        : base(StatusCode.NotFound, message, innerException) { }
}

/// <summary>The server refuses the request: it is wrong (INVALID_ARGUMENT, OUT_OF_RANGE), or the state of what it names forbids it
/// (FAILED_PRECONDITION).</summary>
public sealed class InvalidRequestException : CodecException
{
    internal InvalidRequestException(StatusCode status, string message, Exception? innerException)
        : base(status, message, innerException) { }
}

/// <summary>The sequence asked for is before the log's start, where older codes were dropped, or after its end.</summary>
public sealed class SequenceException : CodecException
{
    internal SequenceException(long firstSequence, long nextSequence, string message, Exception? innerException)
        : base(StatusCode.OutOfRange, message, innerException) => (FirstSequence, NextSequence) = (firstSequence, nextSequence);

    /// <summary>
    /// The oldest sequence in the log: subscribe from it to go on with what there is. A named consumer that has committed is moved there
    /// with <see cref="CodecClient.SeekConsumerAsync"/>; <see cref="SubscribeOptions.From"/> has no effect on it.
    /// </summary>
    public long FirstSequence { get; }

    /// <summary>The sequence that the next code will have.</summary>
    public long NextSequence { get; }

    /// <summary>The same failure of a subscription, with what to do about it.</summary>
    internal SequenceException WithRemedy(string channel, string? consumer)
    {
        string remedy = consumer is null
            ? $"Subscribe to {channel} from {FirstSequence} to go on with what there is."
            : $"To go on with what {channel} has, move the consumer {consumer}: "
                + $"{nameof(CodecClient.SeekConsumerAsync)}(\"{channel}\", \"{consumer}\", {FirstSequence}). "
                + $"{nameof(SubscribeOptions)}.{nameof(SubscribeOptions.From)} has no effect once it has committed.";
        return new SequenceException(FirstSequence, NextSequence, $"{Message.TrimEnd('.')}. {remedy}", this);
    }
}

/// <summary>Somebody else was first: an alias is at another revision (ABORTED), or a channel exists and differs (ALREADY_EXISTS).</summary>
public sealed class ConflictException : CodecException
{
    internal ConflictException(StatusCode status, long? currentRevision, string message, Exception? innerException)
        : base(status, message, innerException) => CurrentRevision = currentRevision;

    /// <summary>The revision that the alias is at: read what it points to and decide again. Null where no alias is in question.</summary>
    public long? CurrentRevision { get; }
}

/// <summary>
/// A newer publisher opened the channel under the same producer name, which ended this one: what was not acknowledged may or may not be
/// stored.
/// </summary>
/// <remarks>Give each publisher its own <see cref="PublisherOptions.Producer"/>, or none.</remarks>
public sealed class ProducerFencedException : CodecException
{
    /// <summary>Makes the exception.</summary>
    public ProducerFencedException(string message, Exception? innerException = null)
        : base(StatusCode.Aborted, message, innerException) { }
}

/// <summary>
/// The server does not remember the publisher any more, after a connection that was lost for long: what was not acknowledged may or may not
/// be
/// stored, and sending it again may store it twice.
/// </summary>
public sealed class ProducerForgottenException : CodecException
{
    /// <summary>Makes the exception.</summary>
    public ProducerForgottenException(StatusCode status, string message, Exception? innerException = null)
        : base(status, message, innerException) { }
}

/// <summary>
/// The server cannot be reached, drains, did not answer in time, or is full. Trying again later may help, unless the message says that the
/// address is wrong.
/// </summary>
public sealed class UnavailableException : CodecException
{
    internal UnavailableException(StatusCode status, string message, Exception? innerException = null)
        : base(status, message, innerException) { }

    /// <summary>When the server asks to be tried again; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; internal init; }
}

/// <summary>Bytes are not what they should be: a blob or manifest without its digest, a damaged code, a log with a gap.</summary>
/// <remarks>
/// Nothing of such bytes is kept. The inner exception says what was wrong where. A subscription has delivered everything before the code
/// that it names, and can go on after it: subscribe from <see cref="NextSequence"/>, or set <see cref="SubscribeOptions.SkipDamaged"/>.
/// </remarks>
public sealed class CorruptDataException : CodecException
{
    internal CorruptDataException(string message, Exception? innerException = null)
        : base(StatusCode.DataLoss, message, innerException) { }

    /// <summary>Sequence of the first code of a channel that cannot be delivered; null where no code is in question.</summary>
    public long? Sequence { get; internal init; }

    /// <summary>The first sequence after what cannot be delivered; null where it is not known.</summary>
    public long? NextSequence { get; internal init; }
}

/// <summary>
/// A model needs ONNX Runtime, whose native library this platform lacks; the message names the models that work without it.
/// </summary>
/// <remarks>The inner exception is a <see cref="RuntimeUnavailableException"/>.</remarks>
public sealed class UnsupportedModelException : CodecException
{
    internal UnsupportedModelException(string message, Exception? innerException = null)
        : base(StatusCode.Unimplemented, message, innerException) { }
}

/// <summary>The server failed, or refused with a status that has no type of its own, such as UNAUTHENTICATED.</summary>
public sealed class ServerException : CodecException
{
    internal ServerException(StatusCode status, string message, Exception? innerException)
        : base(status, message, innerException) { }
}
