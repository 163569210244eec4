using Google.Protobuf;
using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>Reads a call's requests, and refuses bytes that are not one as the caller's mistake.</summary>
/// <param name="requests">The requests as gRPC reads them.</param>
/// <param name="messages">What gRPC reads them from.</param>
/// <param name="ended">Ends the reading of a handler that is not ours, and so does not end its stream itself.</param>
internal sealed class RequestReader<T>(IAsyncStreamReader<T> requests, IncomingMessages messages, CancellationToken ended = default)
    : IAsyncStreamReader<T>
{
    public T Current => requests.Current;

    /// <summary>Reads the next request.</summary>
    /// <exception cref="RequestException">
    /// InvalidArgument: the bytes are not a message, or too many, or the caller aborted the stream within a message. Aborted: the message
    /// arrived too slowly.
    /// </exception>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        using CancellationTokenSource? linked = ended.CanBeCanceled
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended)
            : null;
        try
        {
            return await requests.MoveNext(linked?.Token ?? cancellationToken);
        }
        catch (RpcException) when (messages.Refusal is { } refusal)
        {
            throw refusal;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Internal)
        {
            throw MalformedRequests.Refusal(exception.Status.Detail);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException or IOException)
        {
            // InvalidDataException: the compression flag is invalid. IOException: the length exceeds 2 GiB, or the client reset the stream,
            // which can surface here before the call's token is canceled.
            throw MalformedRequests.Refusal(exception.Message);
        }
    }
}
