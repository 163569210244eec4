using Codec.Models;
using Google.Protobuf;

namespace Codec.Client;

/// <summary>
/// An image for the server to encode: pixels or a file. The From methods copy the bytes, so the buffer can be reused at once; the Borrow
/// methods avoid the copy.
/// </summary>
public sealed class ImageSource
{
    private ImageSource(V1.Image message) => Message = message;

    internal V1.Image Message { get; }

    /// <summary>Creates an image from samples, which are copied.</summary>
    /// <remarks>
    /// The samples are sent uncompressed. If the message is larger than the server accepts (24 MiB by default), the image is refused with
    /// <see cref="InvalidRequestException"/>, and the stream continues.
    /// </remarks>
    /// <param name="pixels">8-bit samples, row-major, interleaved [height, width, channels].</param>
    /// <param name="width">Pixels in a row, 1 to <see cref="ModelLimits.MaxImageSide"/>; a model of a fixed size requires its own.</param>
    /// <param name="height">Rows, 1 to <see cref="ModelLimits.MaxImageSide"/>; a model of a fixed size requires its own.</param>
    /// <param name="channels">1 (grey) or 3 (sRGB).</param>
    /// <exception cref="ArgumentException">
    /// A value is out of range, or <paramref name="pixels"/> does not have width × height × channels bytes.
    /// </exception>
    public static ImageSource FromPixels(ReadOnlyMemory<byte> pixels, int width, int height, int channels = 3) =>
        OfPixels(pixels, width, height, channels, borrow: false);

    /// <summary>
    /// Creates an image from samples, which are borrowed: they must not change until the image is answered or its publisher is disposed.
    /// </summary>
    /// <inheritdoc cref="FromPixels"/>
    public static ImageSource BorrowPixels(ReadOnlyMemory<byte> pixels, int width, int height, int channels = 3) =>
        OfPixels(pixels, width, height, channels, borrow: true);

    /// <summary>Creates an image from a JPEG, PNG or WebP file, which is copied.</summary>
    /// <remarks>
    /// If the message is larger than the server accepts (24 MiB by default), the file is refused with
    /// <see cref="InvalidRequestException"/>, and the stream continues.
    /// </remarks>
    /// <param name="file">The file's bytes, within the server's limits on bytes and pixels.</param>
    /// <param name="fit">How to fit an image whose size is not the model's; a model of any size ignores it.</param>
    /// <exception cref="ArgumentException">The file is empty, or <paramref name="fit"/> is not a value of its type.</exception>
    public static ImageSource FromFile(ReadOnlyMemory<byte> file, ImageFit fit = ImageFit.Exact) => OfFile(file, fit, borrow: false);

    /// <summary>
    /// Creates an image from a JPEG, PNG or WebP file, which is borrowed: its bytes must not change until the image is answered or its
    /// publisher is disposed.
    /// </summary>
    /// <inheritdoc cref="FromFile"/>
    public static ImageSource BorrowFile(ReadOnlyMemory<byte> file, ImageFit fit = ImageFit.Exact) => OfFile(file, fit, borrow: true);

    private static ImageSource OfPixels(ReadOnlyMemory<byte> pixels, int width, int height, int channels, bool borrow)
    {
        RequireSide(width, nameof(width));
        RequireSide(height, nameof(height));
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "An image has 1 or 3 channels.");
        long samples = (long)width * height * channels;
        if (pixels.Length != samples)
        {
            throw new ArgumentException(
                $"{width} × {height} × {channels} samples are {samples} bytes, not {pixels.Length}.",
                nameof(pixels)
            );
        }

        var message = new V1.Pixels
        {
            Width = width,
            Height = height,
            Channels = channels,
            Data = ToByteString(pixels, borrow),
        };
        return new ImageSource(new V1.Image { Pixels = message });
    }

    private static ImageSource OfFile(ReadOnlyMemory<byte> file, ImageFit fit, bool borrow)
    {
        if (file.IsEmpty)
            throw new ArgumentException("The file has no bytes.", nameof(file));
        V1.Fit message = fit switch
        {
            ImageFit.Exact => V1.Fit.Unspecified,
            ImageFit.Cover => V1.Fit.Cover,
            ImageFit.Stretch => V1.Fit.Stretch,
            _ => throw new ArgumentOutOfRangeException(nameof(fit), fit, "Exact, Cover or Stretch."),
        };
        return new ImageSource(new V1.Image { File = ToByteString(file, borrow), Fit = message });
    }

    private static ByteString ToByteString(ReadOnlyMemory<byte> bytes, bool borrow) =>
        borrow ? UnsafeByteOperations.UnsafeWrap(bytes) : ByteString.CopyFrom(bytes.Span);

    private static void RequireSide(int side, string name)
    {
        if (side is < 1 or > ModelLimits.MaxImageSide)
            throw new ArgumentOutOfRangeException(name, side, $"An image is 1 to {ModelLimits.MaxImageSide} pixels wide and high.");
    }
}

/// <summary>Selects how an image file is fitted to a model of a fixed size; a model of any size ignores it.</summary>
public enum ImageFit
{
    /// <summary>Refuses an image of another size than the model's.</summary>
    Exact,

    /// <summary>Scales the image until it covers the model's size, and crops the middle.</summary>
    Cover,

    /// <summary>Scales both sides to the model's size; the aspect ratio may change.</summary>
    Stretch,
}
