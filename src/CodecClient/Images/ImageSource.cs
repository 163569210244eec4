using Codec.Models;
using Google.Protobuf;

namespace Codec.Client;

/// <summary>
/// An image for the server to encode: pixels, or a file. The From methods copy the bytes, so that their buffer can be used again at once;
/// the Borrow methods save the copy.
/// </summary>
public sealed class ImageSource
{
    private ImageSource(V1.Image message) => Message = message;

    internal V1.Image Message { get; }

    /// <summary>An image from its samples, which are copied.</summary>
    /// <remarks>
    /// They travel as they are. An image whose message is larger than the server takes (24 MiB by default) is refused with
    /// <see cref="InvalidRequestException"/>, and what is published beside it goes on.
    /// </remarks>
    /// <param name="pixels">8-bit samples, row-major, interleaved [height, width, channels].</param>
    /// <param name="width">Pixels, 1 to <see cref="ModelLimits.MaxImageSide"/>; the model's, unless it takes any size.</param>
    /// <param name="height">Pixels, 1 to <see cref="ModelLimits.MaxImageSide"/>; the model's, unless it takes any size.</param>
    /// <param name="channels">1 (grey) or 3 (sRGB).</param>
    /// <exception cref="ArgumentException">A value is outside its range, or pixels has not width × height × channels bytes.</exception>
    public static ImageSource FromPixels(ReadOnlyMemory<byte> pixels, int width, int height, int channels = 3) =>
        OfPixels(pixels, width, height, channels, borrow: false);

    /// <summary>
    /// An image from its samples, which are borrowed: they must not change until the image is answered or its publisher is disposed of.
    /// </summary>
    /// <inheritdoc cref="FromPixels"/>
    public static ImageSource BorrowPixels(ReadOnlyMemory<byte> pixels, int width, int height, int channels = 3) =>
        OfPixels(pixels, width, height, channels, borrow: true);

    /// <summary>An image from a JPEG, PNG or WebP file, which is copied.</summary>
    /// <remarks>
    /// A file whose message is larger than the server takes (24 MiB by default) is refused with <see cref="InvalidRequestException"/>, and
    /// what is published beside it goes on.
    /// </remarks>
    /// <param name="file">The file's bytes, within the server's limits of bytes and pixels.</param>
    /// <param name="fit">What to do where its size is not the model's; a model of any size takes it as it is.</param>
    /// <exception cref="ArgumentException">The file is empty, or fit is none of its values.</exception>
    public static ImageSource FromFile(ReadOnlyMemory<byte> file, ImageFit fit = ImageFit.Exact) => OfFile(file, fit, borrow: false);

    /// <summary>
    /// An image from a JPEG, PNG or WebP file, which is borrowed: its bytes must not change until the image is answered or its publisher is
    /// disposed of.
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

/// <summary>How an image file meets a model of a fixed size; a model of any size takes the image as it is, whatever this says.</summary>
public enum ImageFit
{
    /// <summary>A size other than the model's is refused.</summary>
    Exact,

    /// <summary>Scaled until the model's size is covered, and cropped in the middle.</summary>
    Cover,

    /// <summary>Both sides scaled to the model's, whatever that does to the proportions.</summary>
    Stretch,
}
