using Codec.Images;

namespace Codec.Imaging;

/// <summary>An image, or a part of one, wherever its samples are.</summary>
internal readonly ref struct PixelView
{
    private readonly ReadOnlySpan<byte> _samples;
    private readonly int _stride;

    private PixelView(ReadOnlySpan<byte> samples, int width, int height, int channels, int stride)
    {
        _samples = samples;
        _stride = stride;
        (Width, Height, Channels) = (width, height, channels);
    }

    public int Width { get; }

    public int Height { get; }

    public int Channels { get; }

    public static PixelView Of(Raster image) => new(image.Samples, image.Width, image.Height, image.Channels, image.Width * image.Channels);

    public static PixelView Of(PixelBuffer image) =>
        new(image.GetSpan(), image.Width, image.Height, image.Channels, image.Width * image.Channels);

    /// <summary>The samples of a row.</summary>
    public ReadOnlySpan<byte> Row(int y) => _samples.Slice(y * _stride, Width * Channels);

    /// <summary>The middle part of this size.</summary>
    public PixelView Middle(int width, int height) =>
        new(_samples[((Height - height) / 2 * _stride + (Width - width) / 2 * Channels)..], width, height, Channels, _stride);

    public Raster ToRaster()
    {
        var samples = new byte[Height * Width * Channels];
        for (int y = 0; y < Height; y++)
            Row(y).CopyTo(samples.AsSpan(y * Width * Channels));
        return new Raster(Width, Height, Channels, samples);
    }
}
