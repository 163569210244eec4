using Codec.Datasets;
using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Article;
using Codec.Trainer.Display;
using Codec.Trainer.Networks;
using Codec.Trainer.Priors;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Models;

/// <summary>
/// Makes a model of a trained network: graphs, quantizer steps, a prior fitted to the training images' symbols, a golden image.
/// </summary>
internal sealed class NetworkModel(StageDisplay display)
{
    private const int Batch = 256;

    /// <summary>Weight of a bit against squared error, in Δ² (as for faces-32).</summary>
    private const double Lambda = 0.35;

    // Squared error that each quality's quantization adds, as a part of what the network loses by itself: few bytes, middling, hardly a
    // loss.
    private static readonly double[] UsualErrors = [2, 0.5, 0.1];

    // Of a network that loses hardly anything by itself: a tenth more would ask for more bits than the pixels have.
    private static readonly double[] ErrorsOfHardlyALoss = [30, 8];

    // Squared error of an 8-bit sample up to which that is so: 42 dB.
    private const double HardlyALoss = 4;

    // Images that axes and prior are fitted to: more of them change no digit that matters.
    private const int FitImages = 4000;

    /// <summary>Makes the model.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="network">Trained.</param>
    /// <param name="inputs">Training images as the model will meet them, scaled for the network: [N, D].</param>
    /// <param name="targets">What the image head should give for each: [N, D]; the same images but for a denoiser.</param>
    /// <param name="seed">Of the fit.</param>
    /// <param name="provenance">Where the network comes from.</param>
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
        var drafts = new List<QualityDraft>();
        foreach (double added in latents.Residual / network.Input.Samples > HardlyALoss ? UsualErrors : ErrorsOfHardlyALoss)
        {
            var fit = new QualityFit(
                latents,
                basis.Variances,
                new QualityOptions(latents.Residual * (1 + added), Lambda, network.Latents, Trellis.EightStates)
            );
            display.Run(
                $"{name}: prior of quality {drafts.Count}",
                progress =>
                {
                    fit.Run(seed, progress, cancellationToken);
                    return fit.Bits;
                }
            );
            drafts.Add(fit.Draft);
        }

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
            Prior = QualityDraft.ToPrior(network.Latents, drafts),
            GoldenImage = GoldenImage(network, basis),
            Provenance = provenance,
        }.Assemble();
    }

    /// <summary>Where a network comes from.</summary>
    /// <param name="data">What it was trained on.</param>
    /// <param name="seed">Of its training.</param>
    /// <param name="network">What it is, in a few words.</param>
    public static Dictionary<string, string> Provenance(Dataset data, int seed, string network) =>
        new()
        {
            ["data set"] = data.Name,
            ["licence of the data"] = data.Licence,
            ["training images"] = $"{data.Train.Count}",
            ["seed"] = $"{seed}",
            ["network"] = network,
        };

    private static byte[] EncoderGraph(CodecNetwork network, LatentBasis? basis)
    {
        OnnxGraphBuilder graph = OnnxGraphBuilder.Encoder(network.Input, network.Latents);
        OnnxValue latents = network.BuildEncoder(graph);
        return graph.Build(basis is null ? latents : basis.Analyse(graph, latents));
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
            squares += restored.sub_(targets.narrow(0, first, count)).square().sum().item<float>();
        }

        double residual = squares / latents.shape[0] / (network.Input.Scale * network.Input.Scale);
        return (basis, new LatentSet([.. basis.Analyse(latents).data<float>()], network.Latents, residual));
    }

    /// <summary>What comes of latents half a deviation along the first axes: nobody's picture, whatever the data.</summary>
    private static byte[] GoldenImage(CodecNetwork network, LatentBasis basis)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        float[] turned = [.. basis.Variances.Select((variance, k) => k < 16 ? 0.5f * MathF.Sqrt(variance) : 0)];
        Tensor pixels = network.decode(basis.Synthesize(turned.ToTensor(1, network.Latents)), ModelManifest.ImageHead);
        return [.. pixels.sub_(network.Input.Offset).div_(network.Input.Scale).round_().clamp_(0, 255).to(uint8).data<byte>()];
    }
}
