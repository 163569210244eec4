using Codec.Images;
using Codec.Models;

namespace Codec.Schemes.Grid;

/// <summary>
/// The geometry of an image's grid: blocks of <see cref="Stride"/> pixels a side, each with a window around it that overlaps the windows of
/// its neighbours (docs/format.md, Grid).
/// </summary>
/// <param name="Width">Width in pixels of what is coded, 1 or more: the image's own, or that to which it is stretched.</param>
/// <param name="Height">Height in pixels of what is coded, likewise.</param>
/// <param name="Stride">Side of a block, and distance between blocks, in pixels.</param>
/// <param name="Window">Shape of a window; each side is 1 to 2 times <see cref="Stride"/>, and differs from it by an even number.</param>
internal sealed record WindowGrid(int Width, int Height, int Stride, ImageGeometry Window)
{
    /// <summary>The size of the image itself; by default, that of what is coded.</summary>
    public ImageSize Shown { get; init; } = new(Width, Height);

    /// <summary>Whether an axis of the image is stretched to whole blocks (docs/format.md, Stretched axes).</summary>
    public bool IsStretched => Shown != new ImageSize(Width, Height);

    /// <summary>Number of blocks in a row.</summary>
    public int Columns => (Width + Stride - 1) / Stride;

    /// <summary>Number of rows of blocks.</summary>
    public int Rows => (Height + Stride - 1) / Stride;

    /// <summary>Pixels that a window reaches beyond its block, left and right.</summary>
    public int MarginX => (Window.Width - Stride) / 2;

    /// <summary>Pixels that a window reaches beyond its block, above and below.</summary>
    public int MarginY => (Window.Height - Stride) / 2;

    /// <summary>Computes the grid of an image.</summary>
    /// <param name="image">The image's size.</param>
    /// <param name="entry">The model's grid.</param>
    /// <param name="window">Shape of a window.</param>
    public static WindowGrid Of(ImageSize image, GridEntry entry, ImageGeometry window)
    {
        return new WindowGrid(Coded(image.Width), Coded(image.Height), entry.Stride, window) { Shown = image };

        int Coded(int length) => entry.Stretch ? AxisStretch.Apply(length, entry.Stride) : length;
    }

    /// <summary>
    /// Maps each position from −margin to blocks · stride + margin − 1 to one within the blocks: those outside are mirrored at the blocks'
    /// edge.
    /// </summary>
    public static int[] Mirror(int blocks, int stride, int margin)
    {
        int covered = blocks * stride;
        var sources = new int[covered + 2 * margin];
        for (int i = 0; i < sources.Length; i++)
        {
            int position = i - margin;
            sources[i] =
                position < 0 ? -1 - position
                : position >= covered ? 2 * covered - 1 - position
                : position;
        }

        return sources;
    }
}
