using Microsoft.AspNetCore.Http.Features;

namespace Codec.Server.Services;

/// <summary>Ends calls whose callers do not read: they could not read a status either, so that a code of HTTP/2 stands for it.</summary>
internal static class StreamReset
{
    /// <summary>HTTP/2's ENHANCE_YOUR_CALM, which gRPC clients read as RESOURCE_EXHAUSTED: an answer was not read in time.</summary>
    public const int EnhanceYourCalm = 11;

    /// <summary>HTTP/2's REFUSED_STREAM, which gRPC clients read as UNAVAILABLE: the stream has ended, as when the server stops.</summary>
    public const int RefusedStream = 7;

    /// <summary>Resets the call's stream; the connection stays.</summary>
    public static void Send(HttpContext context, int code) => context.Features.Get<IHttpResetFeature>()?.Reset(code);
}
