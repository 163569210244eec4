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
    /// InvalidArgument: the bytes are not a message, or too many, or the stream ended within a message. Aborted: the message arrived too
    /// slowly.
    /// </exception>
    /// <exception cref="RpcException">Cancelled: the caller reset the stream, or its connection ended.</exception>
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
        catch (InvalidProtocolBufferException exception)
        {
            // A kind of IOException.
            throw MalformedRequests.Refusal(exception.Message);
        }
        catch (InvalidDataException exception)
        {
            // The compression flag is invalid.
            throw MalformedRequests.Refusal(exception.Message);
        }
        catch (IOException)
        {
            // A reset can surface here before the call's token is canceled.
            throw new RpcException(new Status(StatusCode.Cancelled, "The caller ended the call."));
        }
    }
}
