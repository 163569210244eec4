using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Codec.Server.Services;

/// <summary>Ends a call whose caller does not read an answer that holds room.</summary>
internal static class AnswerTime
{
    /// <summary>HTTP/2's ENHANCE_YOUR_CALM, which gRPC clients read as RESOURCE_EXHAUSTED. A status could not be read either.</summary>
    private const int EnhanceYourCalm = 11;

    /// <summary>Writes an answer; resets the call if it is not read in time.</summary>
    /// <exception cref="RequestException">Aborted: it was not.</exception>
    public static async Task WriteInTimeAsync<T>(
        this IServerStreamWriter<T> writer,
        T answer,
        ServerCallContext context,
        TimeSpan limit,
        TimeProvider time
    )
    {
        Task writing = writer.WriteAsync(answer);
        try
        {
            await writing.WaitAsync(limit, time);
        }
        catch (TimeoutException)
        {
            Reset(context.GetHttpContext());
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new RequestException(
                RequestError.Aborted,
                "ANSWER_NOT_READ",
                $"An answer was not read within {limit.TotalSeconds:0} s; read answers while you send requests."
            );
        }
    }

    /// <summary>Resets the call's stream; the connection stays.</summary>
    public static void Reset(HttpContext context) => context.Features.Get<IHttpResetFeature>()?.Reset(EnhanceYourCalm);
}
