using Codec.Images;
using Codec.Onnx;
using static TorchSharp.torch;

namespace Codec.Trainer.Networks;

/// <summary>
/// An image cut into a grid of square patches, each a cell with a channel for each of its samples. Convolutions over 4×4 patches have a
/// sixteenth of the positions of the full image, and reach four times as far.
/// </summary>
/// <param name="Rows">Number of rows of patches.</param>
/// <param name="Columns">Number of patches in a row.</param>
/// <param name="Side">Side of a patch in pixels.</param>
/// <param name="Channels">Number of channels of the image.</param>
internal sealed record PatchGrid(int Rows, int Columns, int Side, int Channels)
{
    /// <summary>Samples of a patch: the channels of a cell.</summary>
    public int PatchSamples => Side * Side * Channels;

    /// <summary>The grid of an image.</summary>
    /// <param name="image">Its shape.</param>
    /// <param name="side">Side of a patch in pixels.</param>
    /// <param name="halvings">How often a network halves the grid.</param>
    /// <exception cref="ArgumentException">Width or height is not a multiple of the side of the coarsest cell.</exception>
    public static PatchGrid Of(ImageGeometry image, int side, int halvings)
    {
        int unit = side << halvings;
        if (image.Width % unit != 0 || image.Height % unit != 0)
        {
            throw new ArgumentException(
                $"This convolutional network takes images whose sides are multiples of {unit}, not {image.Width}×{image.Height}; choose another --size."
            );
        }

        return new PatchGrid(image.Height / side, image.Width / side, side, image.Channels);
    }

    /// <summary>Cuts images into cells, whose channels are ordered [row, column, channel], as by ONNX's SpaceToDepth.</summary>
    public Tensor Split(Tensor images) => // [B, D] -> [B, S·S·C, R, Q]
        images.reshape(-1, Rows, Side, Columns, Side, Channels).permute(0, 2, 4, 5, 1, 3).reshape(-1, PatchSamples, Rows, Columns);

    /// <summary>Joins cells to images.</summary>
    public Tensor Join(Tensor cells) => // [B, S·S·C, R, Q] -> [B, D]
        cells.reshape(-1, Side, Side, Channels, Rows, Columns).permute(0, 4, 1, 5, 2, 3).reshape(-1, (long)PatchSamples * Rows * Columns);

    /// <summary>Adds the operators of <see cref="Split(Tensor)"/>: [N, H, W, C] → [N, S·S·C, R, Q].</summary>
    public OnnxValue Split(OnnxGraphBuilder graph, OnnxValue images) => graph.SpaceToDepth(graph.Transpose(images, 0, 3, 1, 2), Side);

    /// <summary>Adds the operators of <see cref="Join(Tensor)"/>: [N, S·S·C, R, Q] → [N, H, W, C].</summary>
    public OnnxValue Join(OnnxGraphBuilder graph, OnnxValue cells) =>
        graph.Transpose(graph.DepthToSpace(cells, Side, channelsOutermost: false), 0, 2, 3, 1);
}
