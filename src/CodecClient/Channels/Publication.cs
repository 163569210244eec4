using Codec.Client.Telemetry;

namespace Codec.Client.Channels;

/// <summary>
/// A message to the server with the items that wait for its answer: an image, a frame, or the codes of a frame that was built locally.
/// </summary>
internal sealed class Publication(V1.PublishRequest request, int codes, IReadOnlyList<Sent> items)
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PublishMeasurement? _measurement;

    public V1.PublishRequest Request { get; } = request;

    /// <summary>Number of items.</summary>
    public int Items => items.Count;

    /// <summary>Number of codes that the message stores; an acknowledgement must have this count.</summary>
    public int Codes { get; } = codes;

    /// <summary>Completes, and never fails, when all items are acknowledged, refused or lost.</summary>
    public Task Answered => _answered.Task;

    /// <summary>Begins to measure the message, if somebody listens.</summary>
    public void Measure(string channel) => _measurement = PublishMeasurement.Begin(channel, items.Count, Codes);

    /// <summary>Ends the measurement of a message that did not enter the window.</summary>
    public void DropMeasurement() => _measurement?.Drop();

    /// <summary>Acknowledges the items: a single item takes all codes, several items take one code each.</summary>
    public void Acknowledge(Acknowledgement acknowledgement)
    {
        _measurement?.End(ClientMeter.Acknowledged);
        if (items.Count == 1)
        {
            items[0].Acknowledge(acknowledgement);
        }
        else
        {
            for (int i = 0; i < items.Count; i++)
                items[i].Acknowledge(new Acknowledgement(acknowledgement.FirstSequence + i, 1));
        }

        _answered.TrySetResult();
    }

    public void Refuse(CodecException refusal)
    {
        _measurement?.End(ClientMeter.Refused, refusal);
        foreach (Sent item in items)
            item.Refuse(refusal);
        _answered.TrySetResult();
    }

    public void Lose(CodecException failure)
    {
        _measurement?.End(ClientMeter.Lost, failure);
        foreach (Sent item in items)
            item.Lose(failure);
        _answered.TrySetResult();
    }
}
