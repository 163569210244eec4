namespace Codec.Images;

/// <summary>Width and height of an image.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
public readonly record struct ImageSize(int Width, int Height)
{
    /// <summary>Number of pixels: width × height.</summary>
    public long Pixels => (long)Width * Height;

    /// <inheritdoc/>
    public override string ToString() => $"{Width}×{Height}";
}
