using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Schemes;

namespace Codec.Frames;

/// <summary>
/// Reads a frame's codes one after the other and decodes or only checks each, so that at most one image is in memory at a time. Not
/// thread-safe; do not dispose the model while the reader is in use.
/// </summary>
public sealed class FrameReader
{
    private readonly IScheme _scheme;
    private readonly ReadOnlyMemory<byte> _frame;
    private readonly FrameHeader _header;
    private readonly int _end;
    private int _position;

    internal FrameReader(IScheme scheme, ReadOnlyMemory<byte> frame, FrameHeader header)
    {
        (_scheme, _frame) = (scheme, frame);
        (_position, int length) = header.Codes.GetOffsetAndLength(frame.Length);
        _end = _position + length;
        (Quality, Remaining, _header) = (header.Quality, header.Count, header);
    }

    /// <summary>The quality of all codes.</summary>
    public int Quality { get; }

    /// <summary>Reads the keys, times and headers of the codes.</summary>
    /// <exception cref="InvalidCodeException">The info block is malformed.</exception>
    public FrameInfo ReadInfo() => CodeFrame.ReadInfo(_frame.Span, _header);

    /// <summary>Number of codes not read yet.</summary>
    public int Remaining { get; private set; }

    /// <summary>Reads the size of the next image without decoding it, so that a caller can check how much memory the pixels need.</summary>
    /// <param name="head">The head that will decode it.</param>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged where it states its size.</exception>
    /// <exception cref="ArgumentException">The model has no such head.</exception>
    /// <exception cref="InvalidOperationException">No code is left.</exception>
    public ImageSize PeekSize(string head = ModelManifest.ImageHead) => _scheme.ReadSize(Rest(), head);

    /// <summary>Reads the next code and checks it by decoding it to symbols.</summary>
    /// <returns>The code, a slice of the frame.</returns>
    /// <exception cref="InvalidCodeException">The code is damaged; or it was the last, and bytes follow it.</exception>
    /// <exception cref="InvalidOperationException">No code is left.</exception>
    public ReadOnlyMemory<byte> ReadCode()
    {
        int start = _position;
        Take(_scheme.Check(Rest(), Quality));
        return _frame[start.._position];
    }

    /// <summary>Decodes the next code.</summary>
    /// <param name="head">The head to decode with.</param>
    /// <returns>The image, owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">The code is damaged; or it was the last, and bytes follow it.</exception>
    /// <exception cref="ArgumentException">The package had no such head.</exception>
    /// <exception cref="InvalidOperationException">No code is left.</exception>
    public Raster ReadImage(string head = ModelManifest.ImageHead)
    {
        ReadOnlySpan<byte> rest = Rest();
        var image = Raster.Allocate(_scheme.ReadSize(rest, head), _scheme.ChannelsOf(head));
        Take(_scheme.Decode(rest, Quality, head, image.Samples));
        return image;
    }

    /// <summary>Decodes the next code into the caller's memory, which can be used again for the image after it.</summary>
    /// <param name="samples">
    /// Receives the samples, [height, width, channels]: exactly as many as the pixels of <see cref="PeekSize"/> have. Undefined after an
    /// exception.
    /// </param>
    /// <param name="head">The head to decode with.</param>
    /// <exception cref="InvalidCodeException">The code is damaged; or it was the last, and bytes follow it.</exception>
    /// <exception cref="ArgumentException">
    /// The package had no such head, or <paramref name="samples"/> has another length.
    /// </exception>
    /// <exception cref="InvalidOperationException">No code is left.</exception>
    public void ReadImageInto(Memory<byte> samples, string head = ModelManifest.ImageHead)
    {
        ReadOnlySpan<byte> rest = Rest();
        ImageSize size = _scheme.ReadSize(rest, head);
        int channels = _scheme.ChannelsOf(head);
        if (samples.Length != size.Pixels * channels)
        {
            throw new ArgumentException(
                $"{size} with {channels} channels needs {size.Pixels * channels} samples, not {samples.Length}.",
                nameof(samples)
            );
        }

        Take(_scheme.Decode(rest, Quality, head, samples));
    }

    private ReadOnlySpan<byte> Rest() =>
        Remaining > 0 ? _frame.Span[_position.._end] : throw new InvalidOperationException("All codes of the frame have been read.");

    private void Take(int length)
    {
        _position += length;
        if (--Remaining == 0 && _position != _end)
            throw new InvalidCodeException("payload", _position, $"{_end - _position} bytes follow the last code; the frame is damaged.");
    }
}
