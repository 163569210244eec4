using Codec.Images;

namespace Codec.Imaging;

/// <summary>What the header of an image file says about its size and its cost.</summary>
/// <param name="Size">Width and height; as declared, perhaps none or too large.</param>
/// <param name="PeakBytes">Most bytes that decoding takes at any time, without the file.</param>
internal readonly record struct FileHeader(ImageSize Size, long PeakBytes)
{
    /// <summary>The decoder's tables, rows and colour transforms, whatever the size.</summary>
    private const int Fixed = 64 << 10;

    /// <summary>Bytes of a pixel as the decoder delivers it: red, green, blue, alpha.</summary>
    private const int Delivered = 4;

    /// <summary>Bytes of a pixel before and after it is turned upright.</summary>
    private const int Turned = 2 * 3;

    /// <summary>Whether a file is of a format whose header is read here.</summary>
    public static bool IsKnown(ReadOnlySpan<byte> file) =>
        JpegFile.HasSignature(file) || PngFile.HasSignature(file) || WebpFile.HasSignature(file);

    /// <summary>Reads the header of a file of any format that is supported.</summary>
    /// <exception cref="InvalidImageException">It is none, or its header is damaged.</exception>
    public static FileHeader Read(ReadOnlySpan<byte> file)
    {
        if (JpegFile.HasSignature(file))
            return JpegFile.ReadHeader(file);
        if (PngFile.HasSignature(file))
            return PngFile.ReadHeader(file);
        if (WebpFile.HasSignature(file))
            return WebpFile.ReadHeader(file);
        throw new InvalidImageException("The bytes are not a JPEG, PNG or WebP file.");
    }

    /// <summary>Adds up a cost.</summary>
    /// <param name="size">Width and height.</param>
    /// <param name="whole">
    /// Bytes that the format needs at once beside the picture, such as the coefficients of a progressive JPEG file.
    /// </param>
    public static FileHeader Of(ImageSize size, long whole) =>
        // Every file may have to be turned; by then what the format needed is free.
        new(size, Fixed + Math.Max(size.Pixels * Delivered + whole, size.Pixels * Turned));
}
