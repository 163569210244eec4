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
    private DateTimeOffset _start;
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
                Raster image = _reader!.ReadImage(head);
                ClientMeter.Decoded(arrival.Channel, start);
                _samples += image.Samples.Length;
                long sequence = arrival.SequenceOf(_index);
                return new Delivery<DecodedImage>(
                    new DecodedImage(
                        sequence,
                        arrival.Model.Manifest.Name,
                        arrival.Model.Version,
                        _reader.Quality,
                        image.Width,
                        image.Height,
                        image.Channels,
                        image.Samples
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
            ImageSize size = _reader.PeekSize(head);
            if (size.Pixels <= maxPixels)
                return size.Pixels * arrival.Model.Manifest.GetHead(head).Output.Channels;
            _damage = arrival.DamageAt(
                _index,
                $"it has {size} pixels; {nameof(CodecClientOptions.MaxImagePixels)} allows {maxPixels}; raise it.",
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
