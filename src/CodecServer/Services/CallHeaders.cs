using System.Globalization;
using Codec.Server.Hosting;
using Codec.Server.Identity;
using Codec.Server.Options;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Codec.Server.Services;

/// <summary>Reads and writes the metadata of a call.</summary>
internal static class CallHeaders
{
    /// <summary>
    /// Response header: most bytes of a request message. A client must not send a larger one, because it would end the stream.
    /// </summary>
    public const string MaxMessageBytes = "codec-max-message-bytes";

    /// <summary>Response header of EncodeStream: most images of one message.</summary>
    public const string MaxMessageImages = "codec-max-message-images";

    /// <summary>
    /// Sends the response headers of a bidirectional call at once, so that the client knows the limits before its first item.
    /// </summary>
    /// <param name="context">The call.</param>
    /// <param name="options">Its limit in bytes.</param>
    /// <param name="images">Most images of one message; 1 is not stated.</param>
    public static Task WriteLimitsAsync(this ServerCallContext context, ServerOptions options, int images = 1)
    {
        var limits = new Metadata { { MaxMessageBytes, options.MaxMessageBytes.ToString(CultureInfo.InvariantCulture) } };
        if (images > 1)
            limits.Add(MaxMessageImages, images.ToString(CultureInfo.InvariantCulture));

        return context.WriteResponseHeadersAsync(limits);
    }

    /// <summary>Returns the messages of a call: their room, and to whom it is charged.</summary>
    public static IncomingMessages Messages(this ServerCallContext context) =>
        context.GetHttpContext().Features.GetRequiredFeature<IncomingMessages>();

    /// <summary>Returns in whose name a call takes places that callers share.</summary>
    public static string GetShareHolder(this ServerCallContext context) => context.Messages().Payer.Caller;

    /// <summary>Returns the caller of a call.</summary>
    public static Caller GetCaller(this ServerCallContext context) => context.GetSession().Caller;

    /// <summary>Returns the session of a call: its caller, and whether its credential is still valid.</summary>
    public static CallerSession GetSession(this ServerCallContext context) =>
        context.GetHttpContext().Features.GetRequiredFeature<CallerSession>();

    /// <summary>
    /// Returns a source that is canceled when a stream must end: the caller left, the server drains, or the caller's credential ended.
    /// </summary>
    public static CancellationTokenSource LinkEnd(this ServerCallContext context, Drain drain) =>
        drain.Link(context.CancellationToken, context.GetSession().Ended);

    /// <summary>Requires the role that the called method needs, for a channel.</summary>
    /// <exception cref="RequestException">PermissionDenied.</exception>
    public static string RequireAccess(this ServerCallContext context, string channel) =>
        CallRules.Of(context.Method).Admits(context.GetCaller(), channel)
            ? channel
            : throw CallRules.Of(context.Method).Refusal(context.GetCaller(), channel);
}
