using Codec.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>Computes a number for each latent from images: two convolutions, the second with a stride of 2, and two dense layers.</summary>
/// <remarks>The last layer's weights begin at zero, so an untrained encoder outputs zeros.</remarks>
internal sealed class ConvolutionalEncoder : Module<Tensor, Tensor>
{
    private readonly PatchGrid _grid;
    private readonly Conv2d fine;
    private readonly Conv2d coarse;
    private readonly Linear hidden;
    private readonly Linear output;

    /// <summary>Builds the encoder.</summary>
    /// <param name="grid">The patches of the images.</param>
    /// <param name="widths">The widths of the layers.</param>
    /// <param name="latents">K: the number of latents.</param>
    public ConvolutionalEncoder(PatchGrid grid, ConvolutionalWidths widths, int latents)
        : base(nameof(ConvolutionalEncoder))
    {
        _grid = grid;
        fine = Conv2d(grid.PatchSamples, widths.Fine, kernel_size: 3, padding: 1L);
        coarse = Conv2d(widths.Fine, widths.Coarse, kernel_size: 3, stride: 2, padding: 1L);
        hidden = Linear(widths.Coarse * (grid.Rows / 2) * (grid.Columns / 2), widths.Hidden);
        output = Linear(widths.Hidden, latents);
        RegisterComponents();
        init.zeros_(output.weight!);
        init.zeros_(output.bias!);
    }

    public override Tensor forward(Tensor images) // [B, D]
    {
        Tensor x = fine.forward(_grid.Split(images)).Rectify(); // [B, F, R, Q]
        x = coarse.forward(x).Rectify().flatten(1); // [B, C·R/2·Q/2]
        return output.forward(hidden.forward(x).Rectify()); // [B, K]
    }

    /// <summary>Adds the operators of <see cref="forward"/>: [N, H, W, C] → [N, K].</summary>
    public OnnxValue Build(OnnxGraphBuilder graph, OnnxValue images)
    {
        OnnxValue x = graph.Rectify(graph.Convolution(_grid.Split(graph, images), fine));
        x = graph.Flatten(graph.Rectify(graph.Convolution(x, coarse, stride: 2)));
        return graph.Dense(graph.Rectify(graph.Dense(x, hidden)), output);
    }
}
