using System.Diagnostics;

namespace Codec.Client.Telemetry;

/// <summary>Measures a message with published items from its sending to its answer.</summary>
internal sealed class PublishMeasurement
{
    private readonly string _channel;
    private readonly int _items;
    private readonly Activity? _span;
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _ended;

    private PublishMeasurement(string channel, int items, int codes) =>
        (_channel, _items, _span) = (channel, items, ClientTrace.BeginPublish(channel, codes));

    /// <summary>Begins to measure; null without a listener.</summary>
    public static PublishMeasurement? Begin(string channel, int items, int codes) =>
        ClientMeter.CountsAnswers || ClientTrace.HasListeners ? new PublishMeasurement(channel, items, codes) : null;

    /// <summary>Ends without a result, because the message was not sent.</summary>
    public void Drop() => _span?.Dispose();

    /// <summary>Ends with an answer, or with the publisher.</summary>
    /// <param name="result">A result such as <see cref="ClientMeter.Acknowledged"/>.</param>
    /// <param name="failure">The refusal or the reason of the loss; null for none.</param>
    public void End(string result, CodecException? failure = null)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 1)
            return;
        ClientMeter.Answered(_channel, _items, result, _start);
        if (_span is null)
            return;
        _span.SetTag("codec.result", result);
        if (failure is not null)
            _span.Fail(failure);
        _span.Dispose();
    }
}
