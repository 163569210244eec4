using System.Diagnostics.CodeAnalysis;
using Grpc.Core;

namespace Codec.Client.Transport;

/// <summary>Reads calls of grpc-dotnet with their true status.</summary>
internal static class CallExtensions
{
    /// <summary>Reads the next message; a call that has ended throws its status, however it ended.</summary>
    /// <returns>False if the server ended the call successfully.</returns>
    /// <exception cref="RpcException">The call ended with this status.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
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
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && TryGet(getStatus, out Status status))
        {
            // With ThrowOperationCanceledOnCancellation, reading a call that has already ended throws a cancellation whatever its status.
            throw new RpcException(status, TryGet(getTrailers, out Metadata? trailers) ? trailers : Metadata.Empty);
        }
    }

    /// <summary>Whether a write, or the completion of the requests, failed because the call has ended; its status has the reason.</summary>
    public static bool IsFailedWrite(this Exception exception) =>
        // A lost connection surfaces as the transport's own exception.
        exception is RpcException or IOException or HttpRequestException or InvalidOperationException or OperationCanceledException;

    /// <summary>
    /// Reads the status or trailers of a call that has ended. A call that still runs has neither, a lost connection no trailers.
    /// </summary>
    private static bool TryGet<T>(Func<T> get, [NotNullWhen(true)] out T? value)
        where T : notnull
    {
        try
        {
            value = get();
            return true;
        }
        catch (InvalidOperationException)
        {
            value = default;
            return false;
        }
    }
}
