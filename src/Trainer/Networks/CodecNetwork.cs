using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>A network that can become a model: an encoder, and one or more heads over its latents.</summary>
/// <remarks>
/// Images are rows, [B, height · width · channels], interleaved as in files; a convolutional network reorders them itself.
/// </remarks>
internal abstract class CodecNetwork : Module<Tensor, Tensor>
{
    /// <summary>Begins a network.</summary>
    /// <param name="name">The name of its class.</param>
    /// <param name="input">Shape and scaling of the input images.</param>
    /// <param name="latents">K.</param>
    protected CodecNetwork(string name, ImageGeometry input, int latents)
        : base(name)
    {
        Input = input;
        Latents = latents;
    }

    /// <summary>Shape and scaling of the input images.</summary>
    public ImageGeometry Input { get; }

    /// <summary>K.</summary>
    public int Latents { get; }

    /// <summary>Shape and scaling of each head's output, by name; <see cref="ModelManifest.ImageHead"/> is always among them.</summary>
    public virtual IReadOnlyDictionary<string, ImageGeometry> Heads =>
        new Dictionary<string, ImageGeometry> { [ModelManifest.ImageHead] = Input };

    /// <summary>Encodes, and decodes with the image head.</summary>
    public override Tensor forward(Tensor x) => decode(encode(x), ModelManifest.ImageHead); // [B, D] -> [B, D]

    public abstract Tensor encode(Tensor x); // [B, D] -> [B, K]

    public abstract Tensor decode(Tensor latents, string head); // [B, K] -> [B, D of the head]

    /// <summary>
    /// The network with latents along a basis, if the basis can be folded into its weights; null if it would take further operators.
    /// </summary>
    /// <returns>Owned by the caller.</returns>
    public virtual CodecNetwork? Along(LatentBasis basis) => null;

    /// <summary>Adds the operators of <see cref="encode"/> to a graph.</summary>
    /// <param name="graph">Begun over <see cref="Input"/>; its input is [N, height, width, channels].</param>
    /// <returns>[N, K].</returns>
    public abstract OnnxValue BuildEncoder(OnnxGraphBuilder graph);

    /// <summary>Adds the operators of <see cref="decode"/> to a graph.</summary>
    /// <param name="graph">Begun over the head's output.</param>
    /// <param name="latents">[N, K], as the encoder gives them.</param>
    /// <param name="head">One of <see cref="Heads"/>.</param>
    /// <returns>[N, height, width, channels] of the head's output.</returns>
    public abstract OnnxValue BuildHead(OnnxGraphBuilder graph, OnnxValue latents, string head);
}
