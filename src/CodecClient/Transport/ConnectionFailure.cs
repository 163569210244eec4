using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;

namespace Codec.Client.Transport;

/// <summary>
/// Classifies a connection's failures: temporary ones, and mistakes that a retry cannot correct, such as the wrong port or scheme. After a
/// server was reached once, no failure counts as a mistake: another program at its address may be temporary.
/// </summary>
internal static class ConnectionFailure
{
    /// <summary>How grpc-dotnet begins the detail of an answer that is HTTP but not gRPC.</summary>
    private const string NotGrpc = "Bad gRPC response.";

    /// <summary>
    /// HTTP/2's error codes (RFC 9113, section 7): the bytes of an HTTP/1 server parse as a protocol error; some servers ask for HTTP/1.1.
    /// </summary>
    private const long ProtocolError = 0x1;
    private const long Http11Required = 0xd;

    /// <summary>Describes a failed call whose cause is not the server's answer: no server, or one that is not a Codec server.</summary>
    /// <param name="exception">The failure.</param>
    /// <param name="operation">What the call does, for the message: "list the models".</param>
    /// <param name="address">The server's address.</param>
    /// <param name="wasConnected">Whether a server was reached there before.</param>
    /// <returns>The description, with the operation, the address and the innermost cause; null if the server answered.</returns>
    public static CodecException? Describe(RpcException exception, string operation, Uri address, bool wasConnected)
    {
        string server = address.GetLeftPart(UriPartial.Authority);
        string detail = exception.Status.Detail;
        if (exception.StatusCode == StatusCode.Unimplemented || detail.StartsWith(NotGrpc, StringComparison.Ordinal))
        {
            string message = $"Could not {operation}: {server} is not a Codec server, or is of another release ({detail}).";
            // A proxy answers 429, 502, 503 or 504 if its server is unavailable; grpc-dotnet maps them to UNAVAILABLE.
            return exception.StatusCode == StatusCode.Unavailable
                ? Lost($"Could not {operation}: {server} is not available ({detail}).", exception)
                : new ServerException(exception.StatusCode, message, exception);
        }

        if (exception.Status.DebugException is not { } cause)
            return null;
        string innermost = Innermost(cause);
        if (Find<TokenProviderException>(cause) is not null)
            return Lost($"Could not {operation}: {nameof(CodecClientOptions.TokenProvider)} failed ({innermost}).", exception);
        if (Find<SocketException>(cause) is { } socket && !IsBrokenOff(socket))
            return Lost($"Could not {operation}: {server} {Describe(socket)} ({innermost}).", exception);
        if (wasConnected)
            return Lost($"Could not {operation}: the connection to {server} was lost ({innermost}).", exception);
        if (IsMissedPing(cause))
            return Lost($"Could not {operation}: {server} did not answer ({innermost}).", exception);
        if (Find<AuthenticationException>(cause) is not null)
        {
            return Mistake(
                $"Could not {operation}: no TLS connection to {server} ({innermost}). "
                    + "If the server does not use TLS, write http; if its certificate is not trusted, trust its issuer (Tls.CaFile).",
                exception
            );
        }

        bool speaksNoHttp2 =
            Find<HttpProtocolException>(cause) is { ErrorCode: ProtocolError or Http11Required }
            || Find<HttpRequestException>(cause) is { HttpRequestError: HttpRequestError.VersionNegotiationError };
        if (speaksNoHttp2)
            return Mistake($"Could not {operation}: {server} does not speak HTTP/2; is it the right port? ({innermost}).", exception);

        // A server that expects TLS, or a client's certificate, drops a connection without it; so does a server that is shutting down.
        string hint =
            address.Scheme == Uri.UriSchemeHttp
                ? "; if the server expects TLS, write https"
                : "; if the server requires a client certificate, name one that it trusts (Tls.CertificateFile)";
        return Lost($"Could not {operation}: {server} closed the connection before it answered ({innermost}){hint}.", exception);
    }

    /// <summary>
    /// Whether a keep-alive ping was not answered: the server is frozen, or the network drops packets. SocketsHttpHandler reports it with
    /// the code of a protocol error, so only the text shows it ("didn't respond to a ping request", or net_ping_request_timed_out if
    /// resource texts are trimmed).
    /// </summary>
    private static bool IsMissedPing(Exception cause) =>
        Find<HttpProtocolException>(cause) is { ErrorCode: ProtocolError } error
        && error.Message.Contains("ping", StringComparison.Ordinal);

    /// <summary>Whether the connection was established before it failed.</summary>
    private static bool IsBrokenOff(SocketException exception) =>
        exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown;

    private static string Describe(SocketException exception) =>
        exception.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "refused the connection",
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "is on a host that was not found",
            _ => "could not be reached",
        };

    /// <summary>Returns the innermost message, except of an ObjectDisposedException, which only follows from another failure.</summary>
    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner and not ObjectDisposedException)
            exception = inner;
        return exception.Message.TrimEnd('.');
    }

    private static T? Find<T>(Exception exception)
        where T : Exception
    {
        for (Exception? candidate = exception; candidate is not null; candidate = candidate.InnerException)
        {
            if (candidate is T found)
                return found;
        }

        return null;
    }

    private static UnavailableException Lost(string message, Exception inner) =>
        new(StatusCode.Unavailable, message, inner) { IsTransient = true };

    private static UnavailableException Mistake(string message, Exception inner) => new(StatusCode.Unavailable, message, inner);
}
