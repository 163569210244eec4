using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Article;
using Codec.Trainer.Display;
using Codec.Trainer.Networks;
using Codec.Trainer.Priors;
using Codec.Trainer.Recipes;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Models;

/// <summary>
/// Makes a model from a trained network: its graphs, quantizer steps, a prior fitted to the training images' symbols, and a golden image.
/// </summary>
internal sealed class NetworkModel(StageDisplay display)
{
    private const int Batch = 256;

    // Squared error that each quality's quantization adds, relative to the network's own: few bytes, medium, almost no loss.
    private static readonly double[] AddedErrors = [2, 0.5, 0.1];

    // The same for a nearly lossless network: a tenth of its error would take more bits than the pixels have.
    private static readonly double[] NearlyLosslessErrors = [30, 8];

    // A network is nearly lossless up to this squared error of an 8-bit sample: 42 dB.
    private const double NearlyLossless = 4;

    /// <summary>Number of images to which axes and prior are fitted; more would not change the result noticeably.</summary>
    public const int FitImages = 4000;

    /// <summary>The PSNR of each quality on the training images; null to choose them by the network's own error.</summary>
    public IReadOnlyList<double>? Decibels { get; init; }

    /// <summary>Makes the model.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="network">The trained network.</param>
    /// <param name="inputs">[N, D]: training images as the model will receive them, scaled for the network.</param>
    /// <param name="targets">[N, D]: the images that the image head should output; equal to the inputs, except for a denoiser.</param>
    /// <param name="seed">Seed of the fit.</param>
    /// <param name="provenance">The network's origin.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    public ModelPackage Create(
        string name,
        CodecNetwork network,
        Tensor inputs,
        Tensor targets,
        int seed,
        IReadOnlyDictionary<string, string> provenance,
        CancellationToken cancellationToken
    )
    {
        network.eval();
        (LatentBasis basis, LatentSet latents) = display.Run($"{name}: axes of the latents", _ => Measure(network, inputs, targets));
        double[] added = latents.Residual / network.Input.Samples > NearlyLossless ? AddedErrors : NearlyLosslessErrors;
        IEnumerable<double> errors =
            Decibels?.Select(psnr => RateRecipe.TargetError(network.Input, psnr)) ?? added.Select(part => latents.Residual * (1 + part));
        IReadOnlyList<QualityDraft> drafts = new FixedFit(latents, basis.Variances).Run(
            display,
            $"{name}: prior",
            errors.Select(error => new QualityAim(error, network.Latents)),
            seed,
            complete: [],
            save: _ => { },
            cancellationToken
        );

        using CodecNetwork? folded = network.Along(basis);
        (CodecNetwork source, LatentBasis? added) written = folded is null ? (network, basis) : (folded, null);
        return new ModelParts
        {
            Name = name,
            Input = network.Input,
            Latents = network.Latents,
            Encoder = EncoderGraph(written.source, written.added),
            Heads =
            [
                .. network.Heads.Select(head => new HeadGraph(
                    head.Key,
                    DecoderGraph(written.source, written.added, head.Key, head.Value),
                    head.Value
                )),
            ],
            Qualities = [.. drafts.Select(draft => draft.Entry)],
            Prior = QualityDraft.ToPrior(drafts),
            GoldenImage = GoldenImage(network, basis),
            Provenance = provenance,
        }.Assemble();
    }

    /// <summary>The provenance of a network.</summary>
    /// <param name="data">Its training data.</param>
    /// <param name="seed">The seed of its training.</param>
    /// <param name="network">The network in a few words.</param>
    public static Dictionary<string, string> Provenance(Dataset data, int seed, string network) =>
        ModelCard.Of(data, seed, "network", network);

    private static byte[] EncoderGraph(CodecNetwork network, LatentBasis? basis)
    {
        OnnxGraphBuilder graph = OnnxGraphBuilder.Encoder(network.Input, network.Latents);
        OnnxValue latents = network.BuildEncoder(graph);
        return graph.Build(basis is null ? latents : basis.Analyze(graph, latents));
    }

    private static byte[] DecoderGraph(CodecNetwork network, LatentBasis? basis, string head, ImageGeometry output)
    {
        OnnxGraphBuilder graph = OnnxGraphBuilder.Decoder(network.Latents, output);
        return graph.Build(network.BuildHead(graph, basis is null ? graph.Input : basis.Synthesize(graph, graph.Input), head));
    }

    private static (LatentBasis Basis, LatentSet Latents) Measure(CodecNetwork network, Tensor inputs, Tensor targets)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long images = Math.Min(inputs.shape[0], FitImages);
        Tensor latents = inputs.narrow(0, 0, images).Through(network.encode); // [N, K]
        LatentBasis basis = LatentBasis.Measure(network, latents);
        double squares = 0;
        for (long first = 0; first < latents.shape[0]; first += Batch)
        {
            using DisposeScope batch = NewDisposeScope();
            long count = Math.Min(Batch, latents.shape[0] - first);
            Tensor restored = network.decode(latents.narrow(0, first, count), ModelManifest.ImageHead);
            squares += sum(restored.sub_(targets.narrow(0, first, count)).square()).item<float>();
        }

        double residual = squares / latents.shape[0] / (network.Input.Scale * network.Input.Scale);
        return (basis, new LatentSet([.. basis.Analyze(latents).data<float>()], network.Latents, residual));
    }

    /// <summary>Decodes latents of half a deviation along the first axes, so that the image shows no person of the data.</summary>
    private static byte[] GoldenImage(CodecNetwork network, LatentBasis basis)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        float[] turned = [.. basis.Variances.Select((variance, k) => k < 16 ? 0.5f * MathF.Sqrt(variance) : 0)];
        Tensor pixels = network.decode(basis.Synthesize(turned.ToTensor(1, network.Latents)), ModelManifest.ImageHead);
        return [.. pixels.sub_(network.Input.Offset).div_(network.Input.Scale).round_().clamp_(0, 255).to(uint8).data<byte>()];
    }
}
