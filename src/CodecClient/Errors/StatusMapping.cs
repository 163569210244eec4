using System.Globalization;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Codec.Client;

/// <summary>Maps gRPC statuses to exceptions of this library; no other place does.</summary>
internal static class StatusMapping
{
    /// <summary>Maps a failed call; the failure becomes the inner exception.</summary>
    public static CodecException ToCodecException(this RpcException exception)
    {
        RpcStatus? details = ReadDetails(exception);
        string message = exception.Status.Detail.Length > 0 ? exception.Status.Detail : $"The call failed with {exception.StatusCode}.";
        // A connection reset under HTTP/2 surfaces as INTERNAL with the transport's exception; one that the server sent has none.
        return exception is { StatusCode: StatusCode.Internal, Status.DebugException: not null }
            ? Lost(exception.StatusCode, message, details, exception)
            : ToCodecException(exception.StatusCode, message, details, exception);
    }

    /// <summary>Maps a refusal within a stream, to the same exception as a call that fails with this status.</summary>
    public static CodecException ToCodecException(this RpcStatus refusal)
    {
        var status = (StatusCode)refusal.Code;
        string message = refusal.Message.Length > 0 ? refusal.Message : $"The server refused the item with {status}.";
        return ToCodecException(status, message, refusal, cause: null);
    }

    private static CodecException ToCodecException(StatusCode status, string message, RpcStatus? details, Exception? cause)
    {
        ErrorInfo? info = Detail<ErrorInfo>(details);
        TimeSpan? retryAfter = RetryAfter(details);
        return status switch
        {
            StatusCode.NotFound => new NotFoundException(message, cause),
            StatusCode.Aborted when info?.Reason == "PRODUCER_FENCED" => new ProducerFencedException(message, cause),
            StatusCode.FailedPrecondition or StatusCode.OutOfRange when info?.Reason == "PRODUCER_FORGOTTEN" =>
                new ProducerForgottenException(status, $"{message} Unacknowledged items may or may not be stored.", cause),
            StatusCode.OutOfRange when Number(info, "first_sequence") is { } first && Number(info, "next_sequence") is { } next =>
                new SequenceException(first, next, message, cause),
            StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => new InvalidRequestException(
                status,
                message,
                cause
            ),
            StatusCode.Aborted or StatusCode.AlreadyExists => new ConflictException(status, Number(info, "revision"), message, cause),
            StatusCode.DataLoss => new CorruptDataException(message, cause)
            {
                Sequence = Number(info, "first_sequence"),
                NextSequence = Number(info, "next_sequence"),
            },
            StatusCode.Unauthenticated or StatusCode.PermissionDenied => new AccessDeniedException(status, message, cause)
            {
                // The stream's credential ended; the provider may have a newer one. A wrong one is refused when the stream is opened again.
                IsTransient = info?.Reason == "CREDENTIAL_ENDED",
            },
            _ when MessageSize.IsTooLarge(status, message) => MessageSize.TooLarge(message, cause),
            StatusCode.ResourceExhausted => new UnavailableException(status, message, cause)
            {
                // Only a full queue sets a delay. A full disk or a reached limit does not, and trying again would not help.
                IsTransient = retryAfter is not null,
                RetryAfter = retryAfter,
            },
            StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled => Lost(status, message, details, cause),
            _ => new ServerException(status, message, cause),
        };
    }

    private static UnavailableException Lost(StatusCode status, string message, RpcStatus? details, Exception? cause) =>
        new(status, message, cause) { IsTransient = true, RetryAfter = RetryAfter(details) };

    private static TimeSpan? RetryAfter(RpcStatus? details)
    {
        try
        {
            return Detail<RetryInfo>(details)?.RetryDelay?.ToTimeSpan();
        }
        catch (Exception invalid) when (invalid is InvalidOperationException or OverflowException)
        {
            // The server sent an invalid duration; use the status without it.
            return null;
        }
    }

    private static RpcStatus? ReadDetails(RpcException exception)
    {
        try
        {
            return exception.GetRpcStatus();
        }
        catch (Exception malformed) when (malformed is InvalidProtocolBufferException or FormatException)
        {
            // The server sent malformed details; use the status without them.
            return null;
        }
    }

    private static T? Detail<T>(RpcStatus? status)
        where T : class, IMessage<T>, new()
    {
        try
        {
            return status?.GetDetail<T>();
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static long? Number(ErrorInfo? info, string key) =>
        info is not null
        && info.Metadata.TryGetValue(key, out string? text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;
}
