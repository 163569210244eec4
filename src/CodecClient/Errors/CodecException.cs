using Codec.Errors;
using Grpc.Core;

namespace Codec.Client;

/// <summary>The base of the exceptions that a failed call throws.</summary>
/// <remarks>
/// The derived types: <see cref="NotFoundException"/>, <see cref="InvalidRequestException"/>, <see cref="SequenceException"/>,
/// <see cref="ConflictException"/>, <see cref="ProducerFencedException"/>, <see cref="ProducerForgottenException"/>,
/// <see cref="UnavailableException"/>, <see cref="CorruptDataException"/>, <see cref="UnsupportedModelException"/>,
/// <see cref="AccessDeniedException"/>, <see cref="UnacknowledgedItemsException"/> and <see cref="ServerException"/>. The only other
/// exceptions that this library throws are <see cref="ArgumentException"/> (an invalid argument),
/// <see cref="OperationCanceledException"/> (the caller's token) and <see cref="ObjectDisposedException"/> (the client or publisher was
/// disposed).
/// </remarks>
public abstract class CodecException : Exception
{
    private protected CodecException(StatusCode status, string message, Exception? innerException)
        : base(message, innerException) => Status = status;

    /// <summary>The gRPC status: the server's, or the one that describes a failure found by the client.</summary>
    public StatusCode Status { get; }

    /// <summary>Whether the same call may succeed later.</summary>
    internal bool IsTransient { get; init; }
}

/// <summary>The model, version, alias, channel, consumer, blob or head of the call does not exist.</summary>
public sealed class NotFoundException : CodecException
{
    /// <summary>Creates the exception, as a fake of the client does.</summary>
    public NotFoundException(string message, Exception? innerException = null)
        : base(StatusCode.NotFound, message, innerException) { }
}

/// <summary>
/// The server refused the request: it is invalid (INVALID_ARGUMENT, OUT_OF_RANGE), or the server's state forbids it (FAILED_PRECONDITION).
/// </summary>
public sealed class InvalidRequestException : CodecException
{
    /// <summary>Creates the exception, as a fake of the client does.</summary>
    public InvalidRequestException(StatusCode status, string message, Exception? innerException = null)
        : base(status, message, innerException) { }
}

/// <summary>The requested sequence is before the log's oldest code, because older codes were dropped, or after its end.</summary>
public sealed class SequenceException : CodecException
{
    /// <summary>Creates the exception, as a fake of the client does.</summary>
    public SequenceException(long firstSequence, long nextSequence, string message, Exception? innerException = null)
        : base(StatusCode.OutOfRange, message, innerException) => (FirstSequence, NextSequence) = (firstSequence, nextSequence);

    /// <summary>
    /// The oldest sequence in the log: subscribe from it to continue. A named consumer that has committed must be moved there with
    /// <see cref="CodecClient.SeekConsumerAsync"/>, because <see cref="SubscribeOptions.From"/> has no effect on it.
    /// </summary>
    public long FirstSequence { get; }

    /// <summary>The sequence of the next code to be stored.</summary>
    public long NextSequence { get; }

    /// <summary>Returns the exception with the remedy for a subscription appended to its message.</summary>
    internal SequenceException WithRemedy(string channel, string? consumer)
    {
        string remedy = consumer is null
            ? $"Subscribe to {channel} from {FirstSequence} to continue with the oldest code."
            : $"To continue with the oldest code of {channel}, move the consumer {consumer}: "
                + $"{nameof(CodecClient.SeekConsumerAsync)}(\"{channel}\", \"{consumer}\", {FirstSequence}). "
                + $"{nameof(SubscribeOptions)}.{nameof(SubscribeOptions.From)} has no effect once it has committed.";
        return new SequenceException(FirstSequence, NextSequence, $"{Message.TrimEnd('.')}. {remedy}", this);
    }
}

/// <summary>
/// Another caller was first: an alias has another revision (ABORTED), or a channel exists with another retention (ALREADY_EXISTS).
/// </summary>
public sealed class ConflictException : CodecException
{
    /// <summary>Creates the exception, as a fake of the client does.</summary>
    public ConflictException(StatusCode status, long? currentRevision, string message, Exception? innerException = null)
        : base(status, message, innerException) => CurrentRevision = currentRevision;

    /// <summary>The alias's current revision: read the alias and decide again. Null if the conflict is not about an alias.</summary>
    public long? CurrentRevision { get; }
}

/// <summary>
/// A newer publisher with the same producer name opened the channel, which ended this one: unacknowledged items may or may not be stored.
/// </summary>
/// <remarks>Give each publisher its own <see cref="PublisherOptions.Producer"/>, or none.</remarks>
public sealed class ProducerFencedException : CodecException
{
    /// <summary>Creates the exception.</summary>
    public ProducerFencedException(string message, Exception? innerException = null)
        : base(StatusCode.Aborted, message, innerException) { }
}

/// <summary>
/// The server no longer remembers the publisher, after a connection was lost for a long time: unacknowledged items may or may not be
/// stored, and sending them again may store them twice.
/// </summary>
public sealed class ProducerForgottenException : CodecException
{
    /// <summary>Creates the exception.</summary>
    public ProducerForgottenException(StatusCode status, string message, Exception? innerException = null)
        : base(status, message, innerException) { }
}

/// <summary>
/// The server cannot be reached, is shutting down, did not answer in time, or is full. A later attempt may succeed, unless the message
/// reports a wrong address.
/// </summary>
public sealed class UnavailableException : CodecException
{
    /// <summary>Creates the exception, as a fake of the client does.</summary>
    public UnavailableException(StatusCode status, string message, Exception? innerException = null)
        : base(status, message, innerException) { }

    /// <summary>The delay before the next attempt that the server requests; null if it requests none.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Data is damaged: a blob or manifest does not have its digest, a code cannot be decoded, or a log has a gap.</summary>
/// <remarks>
/// Damaged bytes are not kept. The inner exception names the field and offset, if known. A subscription has delivered every code before
/// <see cref="Sequence"/> and can continue after the damage: subscribe from <see cref="NextSequence"/>, or set
/// <see cref="SubscribeOptions.SkipDamaged"/>.
/// </remarks>
public sealed class CorruptDataException : CodecException
{
    /// <summary>Creates the exception, as a fake of the client does.</summary>
    public CorruptDataException(string message, Exception? innerException = null)
        : base(StatusCode.DataLoss, message, innerException) { }

    /// <summary>Sequence of the first code that cannot be delivered; null if the damage is not in a channel's code.</summary>
    public long? Sequence { get; init; }

    /// <summary>The first sequence after the damage; null if it is not known.</summary>
    public long? NextSequence { get; init; }
}

/// <summary>
/// A model is a network, and <see cref="CodecClientOptions.Networks"/> is null or does not work on this platform; the message names the
/// remedy.
/// </summary>
/// <remarks>The inner exception is a <see cref="RuntimeUnavailableException"/>.</remarks>
public sealed class UnsupportedModelException : CodecException
{
    /// <summary>Creates the exception, as a fake of the client does.</summary>
    public UnsupportedModelException(string message, Exception? innerException = null)
        : base(StatusCode.Unimplemented, message, innerException) { }
}

/// <summary>
/// The server refused the caller: it has no credential, or a wrong, expired or revoked one (UNAUTHENTICATED), or lacks the role that the
/// message names (PERMISSION_DENIED). The call is not retried.
/// </summary>
/// <remarks>
/// A stream whose credential ends while it runs is opened again, with the next token of <see cref="CodecClientOptions.TokenProvider"/>.
/// </remarks>
public sealed class AccessDeniedException : CodecException
{
    /// <summary>Creates the exception.</summary>
    public AccessDeniedException(StatusCode status, string message, Exception? innerException = null)
        : base(status, message, innerException) { }
}

/// <summary>The server failed, or answered with a status that has no exception of its own.</summary>
public sealed class ServerException : CodecException
{
    /// <summary>Creates the exception, as a fake of the client does.</summary>
    public ServerException(StatusCode status, string message, Exception? innerException = null)
        : base(status, message, innerException) { }
}
