using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Schemes;

namespace Codec.Frames;

/// <summary>
/// Reads a frame's codes one after the other, each decoded or only checked, so that no more than one image is in memory at a time.
/// Not thread-safe; the model must not be disposed while it is in use.
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

    /// <summary>Codes that are still to be read.</summary>
    public int Remaining { get; private set; }

    /// <summary>
    /// The size of the next image, without decoding it: what its pixels will take can be checked before they are allocated.
    /// </summary>
    /// <param name="head">The decoder that will be used.</param>
    /// <exception cref="InvalidCodeException">The code does not say its size.</exception>
    /// <exception cref="ArgumentException">There is no such head.</exception>
    /// <exception cref="InvalidOperationException">No code is left.</exception>
    public ImageSize PeekSize(string head = ModelManifest.ImageHead) => _scheme.ReadSize(Rest(), head);

    /// <summary>Reads the next code, and checks it by decoding it as far as its symbols.</summary>
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
    /// <param name="head">The decoder to use.</param>
    /// <returns>The image, owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">The code is damaged; or it was the last, and bytes follow it.</exception>
    /// <exception cref="ArgumentException">The package had no such head.</exception>
    /// <exception cref="InvalidOperationException">No code is left.</exception>
    public Raster ReadImage(string head = ModelManifest.ImageHead)
    {
        Take(_scheme.Decode(Rest(), Quality, head, out Raster image));
        return image;
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
