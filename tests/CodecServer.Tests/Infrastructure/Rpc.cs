using Google.Rpc;
using Grpc.Core;

namespace CodecServer.Tests.Infrastructure;

/// <summary>Calls, and the details of their failures.</summary>
internal static class Rpc
{
    /// <summary>The test's own cancellation: a call never outlives it.</summary>
    public static CallOptions Options => new(cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>A call with an API key or a token.</summary>
    public static CallOptions As(string credential) => Options.WithHeaders(new Metadata { { "authorization", $"Bearer {credential}" } });

    /// <summary>Writes a message; never outlives the test.</summary>
    public static Task SendAsync<T>(this IClientStreamWriter<T> stream, T message) =>
        stream.WriteAsync(message, TestContext.Current.CancellationToken);

    /// <summary>
    /// Writes a message that the server may refuse; ignores a call that the server has already ended, whose reader sees the reason.
    /// </summary>
    public static async Task SendRefusedAsync<T>(this IClientStreamWriter<T> stream, T message)
    {
        try
        {
            await stream.SendAsync(message);
        }
        catch (RpcException)
        {
            // The reader of the call sees its end.
        }
    }

    /// <summary>Fails unless the call fails with this status; returns the failure.</summary>
    public static async Task<RpcException> FailsAsync(StatusCode expected, Func<Task> call)
    {
        RpcException exception = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(expected == exception.StatusCode, $"Expected {expected}, not {exception.Status}\n{exception.Status.DebugException}");
        return exception;
    }

    /// <summary>A value in the failure's details.</summary>
    public static string Metadata(this RpcException exception, string key) =>
        exception.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Metadata[key];

    public static string Reason(this RpcException exception) => exception.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason;
}
