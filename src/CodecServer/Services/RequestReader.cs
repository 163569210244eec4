using Google.Protobuf;
using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>A call's requests; what cannot be read as one is the caller's mistake, and refused as such.</summary>
/// <param name="requests">The requests as gRPC reads them.</param>
internal sealed class RequestReader<T>(IAsyncStreamReader<T> requests) : IAsyncStreamReader<T>
{
    public T Current => requests.Current;

    /// <summary>Reads the next request.</summary>
    /// <exception cref="RequestException">
    /// InvalidArgument: the bytes are no message, or too many, or the caller broke the stream off in the middle of one.
    /// </exception>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            return await requests.MoveNext(cancellationToken);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
        {
            throw MalformedRequests.TooLarge();
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Internal)
        {
            throw MalformedRequests.Refusal(exception.Status.Detail);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException or IOException)
        {
            // InvalidDataException: the flag of compression. IOException: a length beyond 2 GiB, or a stream that the client reset, which
            // can
            // be seen here before the call's token is set.
            throw MalformedRequests.Refusal(exception.Message);
        }
    }
}
