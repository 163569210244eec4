using Codec.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>
/// Computes images from latents: the reverse of <see cref="ConvolutionalEncoder"/>, with a transposed convolution for the stride.
/// </summary>
/// <remarks>The last layer's weights begin at zero, so an untrained decoder outputs zeros.</remarks>
internal sealed class ConvolutionalDecoder : Module<Tensor, Tensor>
{
    private readonly PatchGrid _grid;
    private readonly int _coarseChannels;
    private readonly Linear hidden;
    private readonly Linear cells;
    private readonly ConvTranspose2d coarse;
    private readonly Conv2d fine;

    /// <summary>Builds the decoder.</summary>
    /// <param name="grid">The patches of the images.</param>
    /// <param name="widths">The widths of the layers.</param>
    /// <param name="latents">K: the number of latents.</param>
    public ConvolutionalDecoder(PatchGrid grid, ConvolutionalWidths widths, int latents)
        : base(nameof(ConvolutionalDecoder))
    {
        _grid = grid;
        _coarseChannels = widths.Coarse;
        hidden = Linear(latents, widths.Hidden);
        cells = Linear(widths.Hidden, widths.Coarse * (grid.Rows / 2) * (grid.Columns / 2));
        coarse = ConvTranspose2d(widths.Coarse, widths.Fine, kernel_size: 4, stride: 2, padding: 1L);
        fine = Conv2d(widths.Fine, grid.PatchSamples, kernel_size: 3, padding: 1L);
        RegisterComponents();
        init.zeros_(fine.weight!);
        init.zeros_(fine.bias!);
    }

    public override Tensor forward(Tensor latents) // [B, K], of deviation 1
    {
        Tensor x = cells.forward(hidden.forward(latents).Rectify()).Rectify(); // [B, C·R/2·Q/2]
        x = coarse.forward(x.reshape(-1, _coarseChannels, _grid.Rows / 2, _grid.Columns / 2)); // [B, F, R, Q]
        return _grid.Join(fine.forward(x.Rectify())); // [B, D]
    }

    /// <summary>Adds the operators of <see cref="forward"/>: [N, K] → [N, H, W, C].</summary>
    public OnnxValue Build(OnnxGraphBuilder graph, OnnxValue latents)
    {
        OnnxValue x = graph.Rectify(graph.Dense(graph.Rectify(graph.Dense(latents, hidden)), cells));
        x = graph.Doubling(graph.Reshape(x, _coarseChannels, _grid.Rows / 2, _grid.Columns / 2), coarse);
        return _grid.Join(graph, graph.Convolution(graph.Rectify(x), fine));
    }
}
