using System.Diagnostics;
using Grpc.Core;

namespace Codec.Client.Telemetry;

/// <summary>
/// Spans: one for each connection of a stream, which is the parent of the server's span; one for each published item, below the caller's;
/// one for each decoded frame, below its connection's. Without a listener nothing is created.
/// </summary>
internal static class ClientTrace
{
    private static readonly ActivitySource Source = new(CodecClientTelemetry.ActivitySourceName);

    public static bool HasListeners => Source.HasListeners();

    /// <summary>The span of the connection that is running; null if it is not traced.</summary>
    public static Activity? Connection =>
        Source.HasListeners() && Activity.Current is { Kind: ActivityKind.Client } span && span.Source == Source ? span : null;

    /// <summary>Begins the span of a connection, by OpenTelemetry's conventions for RPC.</summary>
    /// <param name="method">The method, which is the span's name: <c>codec.v1.ChannelService/Subscribe</c>.</param>
    public static Activity? BeginConnection(string method) =>
        Source.HasListeners()
            ? Source.StartActivity(
                method,
                ActivityKind.Client,
                parentContext: default,
                [new("rpc.system.name", "grpc"), new("rpc.method", method)]
            )
            : null;

    /// <summary>
    /// The headers of the running connection's call; null if it is not traced. The HTTP client would name a span of its own as the parent,
    /// which is missing in the trace unless the application collects it.
    /// </summary>
    public static Metadata? Headers
    {
        get
        {
            if (Connection is not { IdFormat: ActivityIdFormat.W3C, Id: { } id } span)
                return null;
            var headers = new Metadata { { "traceparent", id } };
            if (span.TraceStateString is { Length: > 0 } state)
                headers.Add("tracestate", state);
            return headers;
        }
    }

    /// <summary>Records the failure that ends a span.</summary>
    public static void Fail(this Activity span, Exception failure) =>
        span.SetTag("error.type", failure.GetType().FullName).SetStatus(ActivityStatusCode.Error, failure.Message);

    /// <summary>Begins the span of an item that is sent; the caller's span is its parent.</summary>
    public static Activity? BeginPublish(string channel, int codes) =>
        Source.HasListeners()
            ? Source.StartActivity(
                "publish",
                ActivityKind.Producer,
                parentContext: default,
                [new("codec.channel", channel), new("codec.codes", codes)]
            )
            : null;

    /// <summary>Adds the span of a frame that was decoded.</summary>
    /// <param name="connection">The span of its connection; null adds nothing.</param>
    /// <param name="start">When the decoding began.</param>
    /// <param name="images">Number of images.</param>
    public static void AddDecode(Activity? connection, DateTimeOffset start, int images)
    {
        if (connection is null)
            return;
        using Activity? span = Source.StartActivity(
            "decode",
            ActivityKind.Internal,
            connection.Context,
            [new("codec.images", images)],
            startTime: start
        );
    }
}
