using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>
/// Refuses bytes that are not a message of the called method with INVALID_ARGUMENT. gRPC reads the single request of a unary or
/// server-streaming call before any interceptor runs, and would answer UNKNOWN or INTERNAL, as if the server had failed.
/// </summary>
internal sealed class MalformedRequests(RequestDelegate next, ILogger<MalformedRequests> logger)
{
    private const string StatusHeader = "grpc-status";
    private static readonly object ReachedKey = new();

    /// <summary>
    /// The log category under which gRPC reports, as errors, requests that failed before their handler ran. Replaced by this class.
    /// </summary>
    public const string GrpcLogCategory = "Grpc.AspNetCore.Server.ServerCallHandler";

    /// <summary>Records that a call's request was read, so that its status is the handler's own.</summary>
    public static void Reached(HttpContext context) => context.Items[ReachedKey] = ReachedKey;

    /// <summary>The refusal of bytes that are not a message.</summary>
    public static RequestException Refusal(string problem) =>
        new(RequestError.InvalidArgument, "MALFORMED_REQUEST", $"The request is not a message of this method: {problem}");

    /// <summary>The refusal of a message that is larger than the server accepts.</summary>
    /// <param name="bytes">Bytes of the message.</param>
    /// <param name="limit">Most bytes of a message of this method.</param>
    /// <param name="remedy">What a caller of this method can do.</param>
    public static RequestException TooLarge(long bytes, int limit, string remedy) =>
        new(
            RequestError.InvalidArgument,
            "MESSAGE_TOO_LARGE",
            $"The message has {bytes} bytes; this method takes at most {limit}. {remedy}"
        );

    /// <summary>Runs the call, and corrects the status of one whose request could not be read.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (context.Features.Get<IncomingMessages>()?.Refusal is { } refused)
        {
            // Its status is already complete, with its details.
            if (!context.Items.ContainsKey(ReachedKey))
                ServerLog.Refused(logger, context.Request.Path, refused.Error, refused.Reason, refused.Message);

            return;
        }

        if (
            context.Response.HasStarted
            || context.Items.ContainsKey(ReachedKey)
            || !Enum.TryParse(context.Response.Headers[StatusHeader], out StatusCode status)
            || status is not (StatusCode.Unknown or StatusCode.Internal)
        )
        {
            return;
        }

        // An exception of the parser arrives as UNKNOWN, without its message; INTERNAL carries the problem with the framing.
        RequestException refusal = status switch
        {
            StatusCode.Unknown => Refusal("its bytes cannot be parsed."),
            _ => Refusal(StatusMessages.Cut(Uri.UnescapeDataString(context.Response.Headers[MessageHeader.Name].ToString()))),
        };
        ServerLog.Refused(logger, context.Request.Path, refusal.Error, refusal.Reason, refusal.Message);
        context.Response.Headers[StatusHeader] = $"{(int)StatusCode.InvalidArgument}";
        context.Response.Headers[MessageHeader.Name] = MessageHeader.Encode(refusal.Message);
    }
}
