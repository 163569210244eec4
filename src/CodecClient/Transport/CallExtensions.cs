using Grpc.Core;

namespace Codec.Client.Transport;

/// <summary>Calls of grpc-dotnet.</summary>
internal static class CallExtensions
{
    /// <summary>Reads the next message; a call that has ended gives its status, however it ended.</summary>
    /// <returns>False where the server ended the call without a failure.</returns>
    /// <exception cref="RpcException">The call ended with this status.</exception>
    /// <exception cref="OperationCanceledException">The token was set.</exception>
    public static Task<bool> MoveNextAsync<TRequest, TResponse>(
        this AsyncDuplexStreamingCall<TRequest, TResponse> call,
        CancellationToken cancellationToken
    ) => MoveNextAsync(call.ResponseStream, call.GetStatus, call.GetTrailers, cancellationToken);

    /// <inheritdoc cref="MoveNextAsync{TRequest, TResponse}"/>
    public static Task<bool> MoveNextAsync<TResponse>(this AsyncServerStreamingCall<TResponse> call, CancellationToken cancellationToken) =>
        MoveNextAsync(call.ResponseStream, call.GetStatus, call.GetTrailers, cancellationToken);

    private static async Task<bool> MoveNextAsync<TResponse>(
        IAsyncStreamReader<TResponse> responses,
        Func<Status> getStatus,
        Func<Metadata> getTrailers,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await responses.MoveNext(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && Find(getStatus) is { } status)
        {
            // With ThrowOperationCanceledOnCancellation, reading a call that has ended already says that it is cancelled, whatever its
            // status.
            throw new RpcException(status, Find(getTrailers) ?? Metadata.Empty);
        }
    }

    /// <summary>Whether a write, or the completion of the requests, failed because the call has ended: its status says why.</summary>
    public static bool IsFailedWrite(this Exception exception) =>
        // A connection that is cut under it surfaces as the transport's own exception.
        exception is RpcException or IOException or HttpRequestException or InvalidOperationException or OperationCanceledException;

    /// <summary>
    /// What a call has once it has ended; null where it has none, as there are no trailers of a connection that was lost.
    /// </summary>
    private static Status? Find(Func<Status> get)
    {
        try
        {
            return get();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <inheritdoc cref="Find(Func{Status})"/>
    private static Metadata? Find(Func<Metadata> get)
    {
        try
        {
            return get();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
