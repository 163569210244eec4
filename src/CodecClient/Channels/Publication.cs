namespace Codec.Client.Channels;

/// <summary>
/// A message on its way, and the items in it that wait for its answer: an image, a frame, or the codes of a frame made here.
/// </summary>
internal sealed class Publication(V1.PublishRequest request, int codes, IReadOnlyList<Sent> items)
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public V1.PublishRequest Request { get; } = request;

    /// <summary>How many codes the message makes: what an acknowledgement has to count.</summary>
    public int Codes { get; } = codes;

    /// <summary>Ends, and never fails, when all items are acknowledged, refused or lost.</summary>
    public Task Answered => _answered.Task;

    /// <summary>One item takes the whole acknowledgement; several take one code each.</summary>
    public void Acknowledge(Acknowledgement acknowledgement)
    {
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
        foreach (Sent item in items)
            item.Refuse(refusal);
        _answered.TrySetResult();
    }

    public void Lose(CodecException failure)
    {
        foreach (Sent item in items)
            item.Lose(failure);
        _answered.TrySetResult();
    }
}
