using Codec.Images;
using Codec.Onnx;
using static TorchSharp.torch;

namespace Codec.Trainer.Networks;

/// <summary>A network beside the density of its latents, so that both are trained together. The density is no part of a model.</summary>
internal sealed class RatedAutoencoder : CodecNetwork
{
    private readonly CodecNetwork network;
    private readonly FactorizedDensity density;

    /// <summary>Joins the two.</summary>
    /// <param name="network">The network; owned.</param>
    /// <param name="density">The density; owned.</param>
    public RatedAutoencoder(CodecNetwork network, FactorizedDensity density)
        : base(nameof(RatedAutoencoder), network.Input, network.Latents)
    {
        this.network = network;
        this.density = density;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, ImageGeometry> Heads => network.Heads;

    /// <summary>Computes the bits of each image's latents: [B, K] → [B].</summary>
    public Tensor Bits(Tensor latents) => density.forward(latents);

    public override Tensor encode(Tensor x) => network.encode(x); // [B, D] -> [B, K]

    public override Tensor decode(Tensor latents, string head) => network.decode(latents, head); // [B, K] -> [B, D]

    /// <inheritdoc/>
    public override OnnxValue BuildEncoder(OnnxGraphBuilder graph) => network.BuildEncoder(graph);

    /// <inheritdoc/>
    public override OnnxValue BuildHead(OnnxGraphBuilder graph, OnnxValue latents, string head) => network.BuildHead(graph, latents, head);
}
