using Codec.Images;
using Codec.Onnx;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Networks;

/// <summary>An encoder that cleans the image by convolutions before a linear code: z = E·(x + h(x)), x̂ = D·z.</summary>
/// <remarks>
/// The noise is in the pixels, so it is removed there. The code is that of the clean image, and the decoder stays linear and sparse.
/// </remarks>
internal sealed class ConvolutionalDenoiser : CodecNetwork
{
    private readonly DenseAutoencoder linear;
    private readonly Hourglass cleaning;

    /// <summary>Builds the network, which at first computes the linear code.</summary>
    /// <param name="input">Shape and scaling of the images; sides are multiples of 8.</param>
    /// <param name="code">The linear code; frozen.</param>
    /// <exception cref="ArgumentException">Width or height is not a multiple of 8.</exception>
    public ConvolutionalDenoiser(ImageGeometry input, LinearPair code)
        : base(nameof(ConvolutionalDenoiser), input, code.Latents)
    {
        linear = new DenseAutoencoder(input, code.Latents);
        linear.StartFrom(code);
        foreach (Parameter parameter in linear.parameters())
            parameter.requires_grad = false;
        cleaning = new Hourglass(input, input.Channels);
        RegisterComponents();
    }

    public override Tensor encode(Tensor x) => linear.encode(x.add(cleaning.forward(x))); // [B, D] -> [B, K]

    public override Tensor decode(Tensor latents, string head) => linear.decode(latents, head); // [B, K] -> [B, D]

    /// <inheritdoc/>
    public override ConvolutionalDenoiser Along(LatentBasis basis)
    {
        using DenseAutoencoder turned = linear.Along(basis);
        var network = new ConvolutionalDenoiser(Input, turned.ToPair());
        network.cleaning.load_state_dict(cleaning.state_dict());
        return network;
    }

    /// <inheritdoc/>
    public override OnnxValue BuildEncoder(OnnxGraphBuilder graph) =>
        linear.BuildEncoder(graph, graph.Add(graph.Input, cleaning.Build(graph, graph.Input)));

    /// <inheritdoc/>
    public override OnnxValue BuildHead(OnnxGraphBuilder graph, OnnxValue latents, string head) => linear.BuildHead(graph, latents, head);
}
