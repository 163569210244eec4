namespace Codec.Server.Coding;

/// <summary>Selects how an image file whose size is not the model's is fitted. Grid models accept files as they are.</summary>
internal enum FitMode
{
    /// <summary>The file is refused unless it has the model's size.</summary>
    None,

    /// <summary>The image is scaled until it covers the model's size, then its middle is cropped.</summary>
    Cover,

    /// <summary>Both sides are scaled to the model's size; the aspect ratio may change.</summary>
    Stretch,
}

/// <summary>An image as a caller sends it, or several of one size, not yet checked or decoded.</summary>
/// <param name="Count">Number of images.</param>
internal abstract record ImageSource(int Count);

/// <summary>8-bit samples.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Channels">Samples of a pixel.</param>
/// <param name="Samples">Row-major, channels interleaved, image after image; borrowed from the request.</param>
/// <param name="Count">Number of images.</param>
internal sealed record PixelSource(int Width, int Height, int Channels, ReadOnlyMemory<byte> Samples, int Count = 1) : ImageSource(Count);

/// <summary>A JPEG, PNG or WebP file.</summary>
/// <param name="File">Its bytes; borrowed from the request.</param>
/// <param name="Fit">How it is fitted to the model's size.</param>
internal sealed record FileSource(ReadOnlyMemory<byte> File, FitMode Fit) : ImageSource(Count: 1);
