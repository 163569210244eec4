using Codec.Images;
using Codec.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>
/// Computes images of the same size and any number of channels, each pixel from its surroundings: convolutions at a half, a quarter and an
/// eighth of the resolution, with skip connections (Ronneberger et al. 2015).
/// </summary>
/// <remarks>The last layer's weights begin at zero, so an untrained hourglass outputs zeros.</remarks>
internal sealed class Hourglass : Module<Tensor, Tensor>
{
    private const int PatchSide = 2;
    private const int Fine = 32;
    private const int Coarse = 64;

    private readonly PatchGrid _input;
    private readonly PatchGrid _output;
    private readonly Conv2d half;
    private readonly Conv2d quarter;
    private readonly Conv2d eighth;
    private readonly ConvTranspose2d toQuarter;
    private readonly ConvTranspose2d toHalf;
    private readonly Conv2d output;

    /// <summary>Builds the network.</summary>
    /// <param name="input">Shape of the images; sides are multiples of 8.</param>
    /// <param name="channels">Number of channels of the output.</param>
    /// <exception cref="ArgumentException">Width or height is not a multiple of 8.</exception>
    public Hourglass(ImageGeometry input, int channels)
        : base(nameof(Hourglass))
    {
        _input = PatchGrid.Of(input, PatchSide, halvings: 2);
        _output = _input with { Channels = channels };
        half = Conv2d(_input.PatchSamples, Fine, kernel_size: 3, padding: 1L);
        quarter = Conv2d(Fine, Coarse, kernel_size: 3, stride: 2, padding: 1L);
        eighth = Conv2d(Coarse, Coarse, kernel_size: 3, stride: 2, padding: 1L);
        toQuarter = ConvTranspose2d(Coarse, Coarse, kernel_size: 4, stride: 2, padding: 1L);
        toHalf = ConvTranspose2d(2 * Coarse, Fine, kernel_size: 4, stride: 2, padding: 1L);
        output = Conv2d(2 * Fine, _output.PatchSamples, kernel_size: 3, padding: 1L);
        RegisterComponents();
        init.zeros_(output.weight!);
        init.zeros_(output.bias!);
    }

    public override Tensor forward(Tensor images) // [B, D]
    {
        Tensor a = half.forward(_input.Split(images)).Rectify(); // [B, F, H/2, W/2]
        Tensor b = quarter.forward(a).Rectify(); // [B, C, H/4, W/4]
        Tensor c = toQuarter.forward(eighth.forward(b).Rectify()).Rectify(); // [B, C, H/4, W/4]
        Tensor d = toHalf.forward(cat([b, c], 1)).Rectify(); // [B, F, H/2, W/2]
        return _output.Join(output.forward(cat([a, d], 1))); // [B, H·W·channels]
    }

    /// <summary>Adds the operators of <see cref="forward"/>: [N, H, W, C] → [N, H, W, channels].</summary>
    public OnnxValue Build(OnnxGraphBuilder graph, OnnxValue images)
    {
        OnnxValue a = graph.Rectify(graph.Convolution(_input.Split(graph, images), half));
        OnnxValue b = graph.Rectify(graph.Convolution(a, quarter, stride: 2));
        OnnxValue c = graph.Rectify(graph.Doubling(graph.Rectify(graph.Convolution(b, eighth, stride: 2)), toQuarter));
        OnnxValue d = graph.Rectify(graph.Doubling(graph.Concat(1, b, c), toHalf));
        return _output.Join(graph, graph.Convolution(graph.Concat(1, a, d), output));
    }
}
