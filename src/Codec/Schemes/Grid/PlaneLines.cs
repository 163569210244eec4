using Codec.Images;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>Keeps an image's lines as planes.</summary>
/// <param name="size">The image's size.</param>
/// <param name="planes">Number of planes.</param>
internal sealed class PlaneLines(ImageSize size, int planes) : ILineSink
{
    /// <summary>[planes, height, width].</summary>
    public float[] Values { get; } = new float[planes * size.Pixels];

    /// <inheritdoc/>
    public void Write(int y, ReadOnlySpan<float> lines, int planeLength)
    {
        for (int plane = 0; plane < planes; plane++)
            lines.Slice(plane * planeLength, size.Width).CopyTo(Values.AsSpan((plane * size.Height + y) * size.Width));
    }
}
