using System.Globalization;
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

    /// <summary>
    /// Sends the response headers of a bidirectional call at once, so that the client knows the limit before its first item.
    /// </summary>
    public static Task WriteLimitsAsync(this ServerCallContext context, ServerOptions options) =>
        context.WriteResponseHeadersAsync(
            new Metadata { { MaxMessageBytes, options.MaxMessageBytes.ToString(CultureInfo.InvariantCulture) } }
        );

    /// <summary>Returns the messages of a call: their room, and to whom it is charged.</summary>
    public static IncomingMessages Messages(this ServerCallContext context) =>
        context.GetHttpContext().Features.GetRequiredFeature<IncomingMessages>();

    /// <summary>Returns in whose name a call takes places that callers share.</summary>
    public static string GetShareHolder(this ServerCallContext context) => context.Messages().Payer.Caller;

    /// <summary>Returns the caller of a call. Authentication belongs here; today every caller is anonymous.</summary>
    public static Caller GetCaller(this ServerCallContext context) => Caller.Anonymous;
}
