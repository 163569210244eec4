using System.Runtime.Intrinsics;
using Codec.Images;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>Converts an image's lines from planes of floats to interleaved bytes.</summary>
internal sealed class PixelLines : ILineSink
{
    private readonly int _width;
    private readonly int _channels;
    private readonly int _planes;

    // [channels, planes]: the grey levels that one unit of each plane adds to a channel.
    private readonly float[] _colours;
    private readonly float _origin;
    private readonly Memory<byte> _image;
    private readonly float[] _turned;
    private readonly byte[] _plain;

    /// <summary>Creates the conversion of one image.</summary>
    /// <param name="width">Number of pixels in a line.</param>
    /// <param name="window">Channels and scaling of the image.</param>
    /// <param name="colours">[planes, channels]: the grey levels that one unit of each plane adds to a pixel's channels.</param>
    /// <param name="image">[height, width, channels]; overwritten.</param>
    public PixelLines(int width, ImageGeometry window, float[] colours, Memory<byte> image)
    {
        (_width, _channels, _planes, _image) = (width, window.Channels, colours.Length / window.Channels, image);
        _colours = [.. Enumerable.Range(0, colours.Length).Select(i => colours[i % _planes * _channels + i / _planes])];
        _origin = (float)(0.5 - window.Offset / (double)window.Scale);
        _turned = new float[width];
        _plain = new byte[width * _channels];
    }

    /// <inheritdoc/>
    public void Write(int y, ReadOnlySpan<float> planes, int planeLength)
    {
        for (int channel = 0; channel < _channels; channel++)
        {
            Lines.Combine(_turned, _origin, planes, planeLength, _colours.AsSpan(channel * _planes, _planes));
            PixelScaling.Truncate(_turned, _plain.AsSpan(channel * _width, _width));
        }

        Interleave(_plain, _image.Span.Slice(y * _width * _channels, _width * _channels), _channels);
    }

    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels, int channels)
    {
        int width = planes.Length / channels,
            x = 0;
        if (channels == 3 && Vector128.IsHardwareAccelerated)
        {
            for (; x <= width - Vector128<byte>.Count; x += Vector128<byte>.Count)
            {
                Interleave(
                    Vector128.Create(planes[x..]),
                    Vector128.Create(planes[(width + x)..]),
                    Vector128.Create(planes[(2 * width + x)..]),
                    pixels[(3 * x)..]
                );
            }
        }

        for (; x < width; x++)
        {
            for (int channel = 0; channel < channels; channel++)
                pixels[x * channels + channel] = planes[channel * width + x];
        }
    }

    // Byte n of the 48 is channel n % 3 of pixel n / 3; a shuffle index of 255 gives 0.
    private static void Interleave(Vector128<byte> red, Vector128<byte> green, Vector128<byte> blue, Span<byte> pixels)
    {
        const byte o = 255;
        (
            Vector128.Shuffle(red, Vector128.Create(0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o, o, 5))
            | Vector128.Shuffle(green, Vector128.Create(o, 0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o, o))
            | Vector128.Shuffle(blue, Vector128.Create(o, o, 0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o))
        ).CopyTo(pixels);
        (
            Vector128.Shuffle(red, Vector128.Create(o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o, 10, o))
            | Vector128.Shuffle(green, Vector128.Create(5, o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o, 10))
            | Vector128.Shuffle(blue, Vector128.Create(o, 5, o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o))
        ).CopyTo(pixels[16..]);
        (
            Vector128.Shuffle(red, Vector128.Create(o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15, o, o))
            | Vector128.Shuffle(green, Vector128.Create(o, o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15, o))
            | Vector128.Shuffle(blue, Vector128.Create(10, o, o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15))
        ).CopyTo(pixels[32..]);
    }
}
