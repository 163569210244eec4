using System.Buffers;
using System.Runtime.InteropServices;
using Codec.Images;

namespace Codec.Imaging;

/// <summary>
/// An image outside the managed heap: 8 bits a sample, rows from the top, channels interleaved. Its memory returns to the system when it is
/// disposed of, which a service that reads large files cannot leave to the garbage collector.
/// </summary>
public sealed unsafe class PixelBuffer : MemoryManager<byte>
{
    private void* _first;

    /// <summary>Allocates memory whose content is undefined.</summary>
    internal PixelBuffer(int width, int height, int channels)
    {
        (Width, Height, Channels) = (width, height, channels);
        _first = NativeMemory.Alloc((nuint)Length);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Samples of a pixel: 1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; private set; }

    /// <summary>Width and height.</summary>
    public ImageSize Size => new(Width, Height);

    private int Length => checked((int)(Size.Pixels * Channels));

    /// <summary>The samples, [height, width, channels]; valid until the buffer is disposed of.</summary>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_first is null, this);
        return new Span<byte>(_first, Length);
    }

    /// <summary>The address of a sample; the memory never moves.</summary>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Length, nameof(elementIndex));
        return new MemoryHandle((byte*)_first + elementIndex);
    }

    /// <summary>Does nothing: the memory never moves.</summary>
    public override void Unpin() { }

    /// <summary>Copies the image into the managed heap.</summary>
    public Raster ToRaster() => new(Width, Height, Channels, GetSpan().ToArray());

    /// <summary>Returns the image with this number of channels, as <see cref="RasterExtensions.WithChannels"/> does.</summary>
    /// <param name="channels">1 or 3.</param>
    /// <returns>The same buffer where the samples fit into it; otherwise a new one, and this one is disposed of.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="channels"/> is neither 1 nor 3.</exception>
    public PixelBuffer WithChannels(int channels)
    {
        Span<byte> samples = GetSpan();
        if (channels == Channels)
            return this;
        switch (channels)
        {
            case 1:
                RasterExtensions.ToLuma(samples, samples);
                Shrink(1);
                return this;
            case 3:
                var triple = new PixelBuffer(Width, Height, 3);
                RasterExtensions.Triple(samples, triple.GetSpan());
                Dispose(disposing: true);
                return triple;
            default:
                throw RasterExtensions.WrongChannels(channels);
        }
    }

    /// <summary>Keeps the first samples, as those of fewer channels, and returns the memory after them.</summary>
    internal void Shrink(int channels)
    {
        Channels = channels;
        _first = NativeMemory.Realloc(_first, (nuint)Length);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        NativeMemory.Free(_first);
        _first = null;
    }
}
