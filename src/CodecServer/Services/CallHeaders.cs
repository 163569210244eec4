using System.Globalization;
using Codec.Server.Options;
using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>What the headers of a response say.</summary>
internal static class CallHeaders
{
    /// <summary>Most bytes of one message of a request: a client does not send more, since it would end the stream.</summary>
    public const string MaxMessageBytes = "codec-max-message-bytes";

    /// <summary>Sends the headers of a bidirectional call at once, so that the client knows the limits before its first item.</summary>
    public static Task WriteLimitsAsync(this ServerCallContext context, ServerOptions options) =>
        context.WriteResponseHeadersAsync(
            new Metadata { { MaxMessageBytes, options.MaxMessageBytes.ToString(CultureInfo.InvariantCulture) } }
        );
}
