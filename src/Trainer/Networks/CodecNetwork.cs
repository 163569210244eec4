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
    /// <summary>Creates a network.</summary>
    /// <param name="name">The name of its class.</param>
    /// <param name="input">Shape and scaling of the input images.</param>
    /// <param name="latents">K: the number of latents.</param>
    protected CodecNetwork(string name, ImageGeometry input, int latents)
        : base(name)
    {
        Input = input;
        Latents = latents;
    }

    /// <summary>Shape and scaling of the input images.</summary>
    public ImageGeometry Input { get; }

    /// <summary>K: the number of latents.</summary>
    public int Latents { get; }

    /// <summary>Shape and scaling of each head's output, by name; <see cref="ModelManifest.ImageHead"/> is always among them.</summary>
    public virtual IReadOnlyDictionary<string, ImageGeometry> Heads =>
        new Dictionary<string, ImageGeometry> { [ModelManifest.ImageHead] = Input };

    /// <summary>Encodes, and decodes with the image head.</summary>
    public override Tensor forward(Tensor x) => decode(encode(x), ModelManifest.ImageHead); // [B, D] -> [B, D]

    public abstract Tensor encode(Tensor x); // [B, D] -> [B, K]

    public abstract Tensor decode(Tensor latents, string head); // [B, K] -> [B, D of the head]

    /// <summary>
    /// Returns the network with latents along a basis, if the basis can be folded into its weights; null if that would require further
    /// operators.
    /// </summary>
    /// <returns>Owned by the caller.</returns>
    public virtual CodecNetwork? Along(LatentBasis basis) => null;

    /// <summary>Adds the operators of <see cref="encode"/> to a graph.</summary>
    /// <param name="graph">An encoder's graph for <see cref="Input"/>; its input is [N, height, width, channels].</param>
    /// <returns>The latents, [N, K].</returns>
    public abstract OnnxValue BuildEncoder(OnnxGraphBuilder graph);

    /// <summary>Adds the operators of <see cref="decode"/> to a graph.</summary>
    /// <param name="graph">A decoder's graph for the head's output.</param>
    /// <param name="latents">[N, K], as the encoder outputs them.</param>
    /// <param name="head">One of <see cref="Heads"/>.</param>
    /// <returns>[N, height, width, channels] of the head's output.</returns>
    public abstract OnnxValue BuildHead(OnnxGraphBuilder graph, OnnxValue latents, string head);
}
