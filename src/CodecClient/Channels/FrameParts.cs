using Codec.Client.Transport;
using Codec.Errors;
using Codec.Frames;

namespace Codec.Client.Channels;

/// <summary>Splits a frame into its codes and checks each, up to the first damaged one.</summary>
internal sealed class FrameParts(Arrival arrival) : IReadAheadSource<Delivery<ReceivedFrame>>
{
    private Damage? _damage;
    private bool _isRead;

    public bool TryPeek(out long bytes)
    {
        bytes = (long)arrival.Count * Delivery<ReceivedFrame>.OverheadBytes;
        return !_isRead || _damage is not null;
    }

    public Delivery<ReceivedFrame> Next()
    {
        if (!_isRead)
        {
            _isRead = true;
            if (Read() is { } frame)
                return new Delivery<ReceivedFrame>(frame, frame.Sequences[^1] + 1);
        }

        Damage damage = _damage!;
        _damage = null;
        return Delivery<ReceivedFrame>.Of(damage);
    }

    /// <summary>Reads the frame up to the first damaged code; null if the first code is damaged.</summary>
    private ReceivedFrame? Read()
    {
        FrameReader reader;
        try
        {
            reader = arrival.Model.ReadFrame(arrival.Frame);
        }
        catch (InvalidCodeException exception)
        {
            _damage = arrival.DamageOfAll(exception);
            return null;
        }

        var codes = new List<ReadOnlyMemory<byte>>();
        try
        {
            while (codes.Count < arrival.Count)
                codes.Add(reader.ReadCode());
        }
        catch (Exception exception) when (exception is InvalidCodeException or InvalidModelException)
        {
            _damage = arrival.DamageAt(codes.Count, exception.Message, exception);
        }

        if (codes.Count == 0)
            return null;
        long[] sequences = [.. Enumerable.Range(0, codes.Count).Select(arrival.SequenceOf)];
        if (_damage is null && reader.Remaining == 0)
            return new ReceivedFrame(sequences, arrival.Model, reader.Quality, codes, arrival.Info, arrival.Frame);
        var info = new FrameInfo(
            arrival.Info.IsEmpty ? [] : [.. codes.Select((_, i) => arrival.Info[i])],
            [.. sequences.Select((sequence, i) => i == 0 ? 0 : sequence - sequences[i - 1] - 1)]
        );
        return new ReceivedFrame(sequences, arrival.Model, reader.Quality, codes, info, CodeFrame.Write(reader.Quality, codes, info: info));
    }
}
