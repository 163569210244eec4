namespace Codec.Client;

/// <summary>
/// The names under which the client reports what it does: <c>metrics.AddMeter(CodecClientTelemetry.MeterName)</c> and
/// <c>tracing.AddSource(CodecClientTelemetry.ActivitySourceName)</c> of OpenTelemetry. docs/client.md lists the instruments and spans.
/// </summary>
public static class CodecClientTelemetry
{
    /// <summary>The name of the meter.</summary>
    public static string MeterName => "Codec.Client";

    /// <summary>The name of the source of spans.</summary>
    public static string ActivitySourceName => "Codec.Client";
}
