using System.Diagnostics;

namespace Codec.Server.Telemetry;

/// <summary>
/// Spans: one for each call of our services, and below it one for each stage of the work. Without a listener nothing is created.
/// </summary>
/// <remarks>
/// A stage has a span only below a call that is traced, so that a call which the sampler leaves out leaves no parts behind.
/// </remarks>
internal static class ServerTrace
{
    /// <summary>The name of the source.</summary>
    public const string Name = "Codec.Server";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>The span of the call that is running, or of a stage of it; null if it is not traced.</summary>
    public static Activity? Current => Source.HasListeners() && Activity.Current is { } span && span.Source == Source ? span : null;

    /// <summary>Begins the span of a call; null if nobody listens or the sampler leaves it out.</summary>
    /// <param name="method">The method, which is the span's name.</param>
    /// <param name="parent">The caller's <c>traceparent</c>; null if there is none.</param>
    /// <param name="state">The caller's <c>tracestate</c>.</param>
    public static Activity? BeginCall(string method, string? parent, string? state)
    {
        if (!Source.HasListeners())
            return null;

        // ASP.NET Core may have begun an activity of its own, which no exporter sees: it must not become the parent.
        Activity.Current = null;
        ActivityContext.TryParse(parent, state, isRemote: true, out ActivityContext caller);
        return Source.StartActivity(method, ActivityKind.Server, caller, [new("rpc.system.name", "grpc"), new("rpc.method", method)]);
    }

    /// <summary>Begins the span of a stage of the running call; null if that is not traced.</summary>
    public static Activity? Begin(string stage) => Current is null ? null : Source.StartActivity(stage);

    /// <summary>Adds the span of a stage that has ended, which was measured elsewhere.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="call">The span of the call; null adds nothing.</param>
    /// <param name="start">When it began.</param>
    /// <param name="duration">How long it took.</param>
    public static void Add(string stage, Activity? call, DateTimeOffset start, TimeSpan duration)
    {
        if (call is null)
            return;

        using Activity? span = Source.StartActivity(stage, ActivityKind.Internal, call.Context, startTime: start);
        span?.SetEndTime((start + duration).UtcDateTime);
    }
}
