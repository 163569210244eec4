using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Codec.Trainer.Networks;

/// <summary>A network that can become a model: one encoder, and one head or more over its latents.</summary>
/// <remarks>
/// Images go in and out as rows [B, height · width · channels], interleaved as in files; a convolutional network reorders inside.
/// </remarks>
internal abstract class CodecNetwork : Module<Tensor, Tensor>
{
    /// <summary>Describes a network.</summary>
    /// <param name="name">Its class.</param>
    /// <param name="input">Shape and scaling of the images that go in.</param>
    /// <param name="latents">K.</param>
    protected CodecNetwork(string name, ImageGeometry input, int latents)
        : base(name)
    {
        Input = input;
        Latents = latents;
    }

    /// <summary>Shape and scaling of the images that go in.</summary>
    public ImageGeometry Input { get; }

    /// <summary>K.</summary>
    public int Latents { get; }

    /// <summary>The heads by name, with what comes out; <see cref="ModelManifest.ImageHead"/> is always among them.</summary>
    public virtual IReadOnlyDictionary<string, ImageGeometry> Heads =>
        new Dictionary<string, ImageGeometry> { [ModelManifest.ImageHead] = Input };

    /// <summary>Through the encoder and the head that gives the image back.</summary>
    public override Tensor forward(Tensor x) => decode(encode(x), ModelManifest.ImageHead); // [B, D] -> [B, D]

    public abstract Tensor encode(Tensor x); // [B, D] -> [B, K]

    public abstract Tensor decode(Tensor latents, string head); // [B, K] -> [B, D of the head]

    /// <summary>The network whose latents already lie along a basis, where that needs no more operators; otherwise null.</summary>
    /// <returns>Owned by the caller.</returns>
    public virtual CodecNetwork? Along(LatentBasis basis) => null;

    /// <summary>Writes the encoder's operators, so that they compute what <see cref="encode"/> does.</summary>
    /// <param name="graph">Begun over <see cref="Input"/>; its input is [N, height, width, channels].</param>
    /// <returns>[N, K].</returns>
    public abstract OnnxValue BuildEncoder(OnnxGraphBuilder graph);

    /// <summary>Writes a head's operators, so that they compute what <see cref="decode"/> does.</summary>
    /// <param name="graph">Begun over the head's output.</param>
    /// <param name="latents">[N, K], as the encoder gives them.</param>
    /// <param name="head">One of <see cref="Heads"/>.</param>
    /// <returns>[N, height, width, channels] of the head's output.</returns>
    public abstract OnnxValue BuildHead(OnnxGraphBuilder graph, OnnxValue latents, string head);
}
