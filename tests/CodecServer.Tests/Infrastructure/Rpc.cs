using Google.Rpc;
using Grpc.Core;

namespace CodecServer.Tests.Infrastructure;

/// <summary>What calls and their failures say.</summary>
internal static class Rpc
{
    /// <summary>The test's own cancellation: a call never outlives it.</summary>
    public static CallOptions Options => new(cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Writes a message; never outlives the test.</summary>
    public static Task SendAsync<T>(this IClientStreamWriter<T> stream, T message) =>
        stream.WriteAsync(message, TestContext.Current.CancellationToken);

    /// <summary>Writes a message that a server may refuse, or may have ended the call before; the answer says which.</summary>
    public static async Task SendRefusedAsync<T>(this IClientStreamWriter<T> stream, T message)
    {
        try
        {
            await stream.SendAsync(message);
        }
        catch (RpcException)
        {
            // The call's end is what its reader sees.
        }
    }

    /// <summary>Fails unless the call fails with this status; returns the failure.</summary>
    public static async Task<RpcException> FailsAsync(StatusCode expected, Func<Task> call)
    {
        RpcException exception = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(expected == exception.StatusCode, $"Expected {expected}, not {exception.Status}\n{exception.Status.DebugException}");
        return exception;
    }

    /// <summary>A value that the failure's details carry.</summary>
    public static string Metadata(this RpcException exception, string key) =>
        exception.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Metadata[key];

    public static string Reason(this RpcException exception) => exception.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason;
}
