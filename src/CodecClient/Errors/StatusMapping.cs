using System.Globalization;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Codec.Client;

/// <summary>The one place where gRPC statuses become exceptions of this library.</summary>
internal static class StatusMapping
{
    /// <summary>The exception that a failed call stands for; the failure is its inner exception.</summary>
    public static CodecException ToCodecException(this RpcException exception)
    {
        RpcStatus? details = ReadDetails(exception);
        ErrorInfo? info = Detail<ErrorInfo>(details);
        TimeSpan? retryAfter = Detail<RetryInfo>(details)?.RetryDelay?.ToTimeSpan();
        string message = exception.Status.Detail.Length > 0 ? exception.Status.Detail : $"The call failed with {exception.StatusCode}.";
        return exception.StatusCode switch
        {
            StatusCode.NotFound => new NotFoundException(message, exception),
            StatusCode.OutOfRange when Number(info, "first_sequence") is { } first && Number(info, "next_sequence") is { } next =>
                new SequenceException(first, next, message, exception),
            StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange =>
                new InvalidRequestException(exception.StatusCode, message, exception),
            StatusCode.Aborted or StatusCode.AlreadyExists =>
                new ConflictException(exception.StatusCode, Number(info, "revision"), message, exception),
            StatusCode.DataLoss => new CorruptDataException(message, exception)
            {
                Sequence = Number(info, "first_sequence"),
                NextSequence = Number(info, "next_sequence"),
            },
            StatusCode.ResourceExhausted => new UnavailableException(exception.StatusCode, message, exception)
            {
                // A full queue says when to come again; a full disk or a limit does not, and trying again would not help.
                IsTransient = retryAfter is not null,
                RetryAfter = retryAfter,
            },
            StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled => Lost(exception, message, retryAfter),
            // A connection reset under HTTP/2 surfaces as INTERNAL with the transport's exception; one that the server sent has none.
            StatusCode.Internal when exception.Status.DebugException is not null => Lost(exception, message, retryAfter),
            _ => new ServerException(exception.StatusCode, message, exception),
        };
    }

    private static UnavailableException Lost(RpcException exception, string message, TimeSpan? retryAfter) =>
        new(exception.StatusCode, message, exception) { IsTransient = true, RetryAfter = retryAfter };

    private static RpcStatus? ReadDetails(RpcException exception)
    {
        try
        {
            return exception.GetRpcStatus();
        }
        catch (Exception malformed) when (malformed is InvalidProtocolBufferException or FormatException)
        {
            // The details come from the network; the status stands without them.
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
        info is not null && info.Metadata.TryGetValue(key, out string? text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
