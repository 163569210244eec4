using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Networks;

/// <summary>A frozen linear code, and convolutions that learn the rest: z = E·x + s∘f(x), x̂ = D·z + g(z / s).</summary>
/// <remarks>
/// With principal components as the linear code, the untrained network equals the best linear one, so that training improves on it from the
/// first step; from random weights, minutes of training would go into finding the components. s are the linear latents' deviations, so that
/// f and g work in units of about 1.
/// </remarks>
internal sealed class ConvolutionalAutoencoder : CodecNetwork
{
    private readonly string[] _heads;
    private readonly DenseAutoencoder linear;
    private readonly ConvolutionalEncoder encoder;
    private readonly ModuleList<ConvolutionalDecoder> decoders;
    private readonly Tensor deviations;

    /// <summary>Builds the network, which at first computes the linear code with every head.</summary>
    /// <param name="input">Shape and scaling of the images; sides are multiples of 4.</param>
    /// <param name="code">The linear code.</param>
    /// <param name="deviations">[K]: the deviations of the linear code's latents over the training images, above 0.</param>
    /// <param name="widths">The widths of the layers.</param>
    /// <param name="heads">
    /// Names of heads over the same latents, each of which learns a different image; if empty, the image head alone.
    /// </param>
    /// <exception cref="ArgumentException">Width or height is not a multiple of 4.</exception>
    public ConvolutionalAutoencoder(
        ImageGeometry input,
        LinearPair code,
        float[] deviations,
        ConvolutionalWidths widths,
        params string[] heads
    )
        : base(nameof(ConvolutionalAutoencoder), input, code.Latents)
    {
        // Digits of 28×28 would have an odd number of 4×4 patches.
        var grid = PatchGrid.Of(input, input.Width % 8 == 0 && input.Height % 8 == 0 ? 4 : 2, halvings: 1);
        _heads = heads.Length == 0 ? [ModelManifest.ImageHead] : heads;
        linear = new DenseAutoencoder(input, code.Latents);
        linear.StartFrom(code);
        foreach (Parameter parameter in linear.parameters())
            parameter.requires_grad = false;
        encoder = new ConvolutionalEncoder(grid, widths, code.Latents);
        decoders = new ModuleList<ConvolutionalDecoder>([.. _heads.Select(_ => new ConvolutionalDecoder(grid, widths, code.Latents))]);
        this.deviations = deviations.ToTensor(deviations.Length);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, ImageGeometry> Heads => _heads.ToDictionary(head => head, _ => Input);

    public override Tensor encode(Tensor x) => linear.encode(x).add(encoder.forward(x).mul(deviations)); // [B, D] -> [B, K]

    public override Tensor decode(Tensor latents, string head) => // [B, K] -> [B, D]
        linear.decode(latents, head).add(Decoder(head).forward(Normalize(latents)));

    /// <summary>Divides latents by the linear code's deviations.</summary>
    public Tensor Normalize(Tensor latents) => latents.div(deviations); // [B, K] -> [B, K]

    /// <inheritdoc/>
    public override OnnxValue BuildEncoder(OnnxGraphBuilder graph) =>
        graph.Add(linear.BuildEncoder(graph), graph.Mul(encoder.Build(graph, graph.Input), graph.Constant(deviations)));

    /// <inheritdoc/>
    public override OnnxValue BuildHead(OnnxGraphBuilder graph, OnnxValue latents, string head) =>
        graph.Add(linear.BuildHead(graph, latents, head), Decoder(head).Build(graph, BuildNormalize(graph, latents)));

    /// <summary>Adds the operators of <see cref="Normalize"/>.</summary>
    public OnnxValue BuildNormalize(OnnxGraphBuilder graph, OnnxValue latents) => graph.Div(latents, graph.Constant(deviations));

    private ConvolutionalDecoder Decoder(string head) => decoders[Array.IndexOf(_heads, head)];
}
