using System.Diagnostics;
using Codec.Client.Telemetry;
using Codec.Client.Transport;
using Codec.Errors;
using Codec.Frames;
using Codec.Images;

namespace Codec.Client.Channels;

/// <summary>Decodes a frame's images, up to the first that cannot be decoded.</summary>
internal sealed class FrameImages(Arrival arrival, string head, int maxPixels, TimeProvider time) : IReadAheadSource<Delivery<DecodedImage>>
{
    private readonly Activity? _connection = ClientTrace.Connection;
    private readonly int _channels = arrival.Model.Manifest.GetHead(head).Output.Channels;
    private DateTimeOffset _start;
    private ImageSize _size;
    private long _samples;
    private FrameReader? _reader;
    private Damage? _damage;
    private long? _bytes;
    private int _index;
    private bool _hasEnded;

    public bool TryPeek(out long bytes)
    {
        bytes = _bytes ??= Peek() + Delivery<DecodedImage>.OverheadBytes;
        return !_hasEnded;
    }

    public Delivery<DecodedImage> Next()
    {
        _bytes = null;
        if (_damage is null)
        {
            try
            {
                long start = ClientMeter.StartDecoding();
                byte[] samples = GC.AllocateUninitializedArray<byte>((int)_size.Pixels * _channels);
                _reader!.ReadImageInto(samples, head);
                ClientMeter.Decoded(arrival.Channel, start);
                _samples += samples.Length;
                long sequence = arrival.SequenceOf(_index);
                return new Delivery<DecodedImage>(
                    new DecodedImage(
                        sequence,
                        arrival.Model.Manifest.Name,
                        arrival.Model.Version,
                        _reader.Quality,
                        _size.Width,
                        _size.Height,
                        _channels,
                        samples
                    )
                    {
                        Info = arrival.Info[_index++],
                    },
                    sequence + 1
                );
            }
            catch (Exception exception) when (exception is InvalidCodeException or InvalidModelException)
            {
                _damage = arrival.DamageAt(_index, exception.Message, exception);
            }
        }

        _hasEnded = true;
        return Delivery<DecodedImage>.Of(_damage);
    }

    /// <summary>Returns the bytes of the next image's pixels; 0 if there is none.</summary>
    private long Peek()
    {
        if (_hasEnded)
            return 0;
        try
        {
            if (_reader is null && _connection is not null)
                _start = time.GetUtcNow();
            _reader ??= arrival.Model.ReadFrame(arrival.Frame);
        }
        catch (InvalidCodeException exception)
        {
            _damage = arrival.DamageOfAll(exception);
            return 0;
        }

        _hasEnded = _index == arrival.Count;
        if (_hasEnded)
        {
            ClientMeter.Saved(arrival.Channel, _samples, arrival.Frame.Length);
            ClientTrace.AddDecode(_connection, _start, _index);
            return 0;
        }

        try
        {
            _size = _reader.PeekSize(head);
            if (_size.Pixels <= maxPixels)
                return _size.Pixels * _channels;
            _damage = arrival.DamageAt(
                _index,
                $"it has {_size} pixels; {nameof(CodecClientOptions.MaxImagePixels)} allows {maxPixels}; raise it.",
                cause: null
            );
        }
        catch (InvalidCodeException exception)
        {
            _damage = arrival.DamageAt(_index, exception.Message, exception);
        }

        return 0;
    }
}
