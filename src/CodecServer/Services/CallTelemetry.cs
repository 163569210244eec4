using System.Collections.Frozen;
using System.Diagnostics;
using Codec.Server.Telemetry;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Codec.Server.Services;

/// <summary>
/// Measures each call of gRPC, and begins its span, by OpenTelemetry's conventions for RPC. The outermost of our middleware, so that it
/// sees the status that the caller gets.
/// </summary>
internal sealed class CallTelemetry(RequestDelegate next, ServerMeter meter)
{
    private const string StatusName = "grpc-status";

    /// <summary>Prefix of the methods that are traced; probes and reflection would only fill the store of traces.</summary>
    private const string OwnServices = "codec.v1.";

    /// <summary>Statuses in the form of the conventions.</summary>
    private static readonly FrozenDictionary<StatusCode, string> Names = Enum.GetValues<StatusCode>()
        .ToFrozenDictionary(
            status => status,
            status =>
                status is StatusCode.OK
                    ? "OK"
                    : string.Concat(status.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}"))
        );

    /// <summary>Runs the call.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method is not { } called)
        {
            await next(context);
            return;
        }

        string method = $"{called.ServiceName}/{called.Name}";
        long began = meter.Now;
        using Activity? span = called.ServiceName.StartsWith(OwnServices, StringComparison.Ordinal)
            ? ServerTrace.BeginCall(method, context.Request.Headers.TraceParent, context.Request.Headers.TraceState)
            : null;
        meter.CallBegan(method);
        StatusCode status = StatusCode.Unknown;
        try
        {
            await next(context);
            status = StatusOf(context);
        }
        finally
        {
            bool isError = IsError(status);
            meter.CallEnded(method, Names[status], isError, began);
            span?.SetTag("rpc.response.status_code", Names[status]);
            if (isError)
                span?.SetTag("error.type", Names[status]).SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>The status that was sent; Cancelled if the caller left before.</summary>
    private static StatusCode StatusOf(HttpContext context)
    {
        string? sent =
            context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers.TryGetValue(StatusName, out var trailer) == true
                ? trailer.ToString()
                : context.Response.Headers[StatusName].ToString();
        return int.TryParse(sent, out int code) && Names.ContainsKey((StatusCode)code) ? (StatusCode)code
            : context.RequestAborted.IsCancellationRequested ? StatusCode.Cancelled
            : StatusCode.Unknown;
    }

    /// <summary>Whether the conventions count a status as a failure of the server; the others are the caller's.</summary>
    private static bool IsError(StatusCode status) =>
        status
            is StatusCode.Unknown
                or StatusCode.DeadlineExceeded
                or StatusCode.Unimplemented
                or StatusCode.Internal
                or StatusCode.Unavailable
                or StatusCode.DataLoss;
}
