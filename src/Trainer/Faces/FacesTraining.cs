using Codec.Datasets;
using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Display;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using Codec.Trainer.Priors;
using TorchSharp;

namespace Codec.Trainer.Faces;

/// <summary>
/// Trains <c>faces-32</c>: principal components as the linear pair, rounded to int8 in the decoder, and a prior fitted for each
/// quality to the symbols of the training images (ADR 4).
/// </summary>
internal sealed class FacesTraining(StageDisplay display)
{
    /// <summary>Weight of a bit against squared error, in Δ²: flat around this, for all qualities.</summary>
    private const double Lambda = 0.35;

    /// <summary>Trains, and gives the finished model.</summary>
    /// <param name="data">Training images; the held-out ones are not looked at.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="plan">What to train; its Latents may be fewer than the aims code.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="ArgumentException">The images are too few for the latents.</exception>
    public ModelPackage Run(Dataset data, string name, FacesPlan plan, int seed, CancellationToken cancellationToken)
    {
        int latents = plan.Latents;
        torch.set_num_threads(Environment.ProcessorCount);
        torch.manual_seed(seed);
        PrincipalComponents components = display.Run(
            "Principal components",
            _ =>
                plan.Frequencies is { } frequencies
                    ? PrincipalComponents.FitSmooth(data.Train, latents, frequencies)
                    : PrincipalComponents.Fit(data.Train, latents, mirrored: false)
        );
        cancellationToken.ThrowIfCancellationRequested();
        LatentSet set = display.Run("Latents of the training images", _ => LatentSet.Analyse(data.Train, components));

        var drafts = new List<QualityDraft>();
        foreach ((double decibels, int coded) in plan.Aims)
        {
            double error = data.Train.ImageLength * 255.0 * 255.0 * Math.Pow(10, -decibels / 10);
            var fit = new QualityFit(set, components.Variances, new QualityOptions(error, Lambda, coded, Trellis.EightStates));
            display.Run(
                $"Prior of quality {drafts.Count}",
                progress =>
                {
                    fit.Run(seed, progress, cancellationToken);
                    return fit.Bits;
                }
            );
            drafts.Add(fit.Draft);
        }

        return Pack(data, name, plan, seed, components, drafts);
    }

    private static ModelPackage Pack(
        Dataset data,
        string name,
        FacesPlan plan,
        int seed,
        PrincipalComponents components,
        IReadOnlyList<QualityDraft> drafts
    )
    {
        var geometry = new ImageGeometry(data.Train.Width, data.Train.Height, data.Train.Channels, 1, 0);
        (byte[] encoder, byte[] decoder) = plan.Frequencies is { } frequencies
            ? Graphs(new CosineGraphs(components, frequencies, geometry))
            : Graphs(components.ToPair(plan.Latents, geometry.Scale, geometry.Offset), geometry);
        return new ModelParts
        {
            Name = name,
            Input = geometry,
            Latents = plan.Latents,
            Encoder = encoder,
            Heads = [new HeadGraph(ModelManifest.ImageHead, decoder, geometry)],
            Qualities = [.. drafts.Select(draft => draft.Entry)],
            Prior = QualityDraft.ToPrior(plan.Latents, drafts),
            GoldenImage = GoldenImage(components),
            Provenance = new Dictionary<string, string>
            {
                ["data set"] = data.Name,
                ["licence of the data"] = data.Licence,
                ["training images"] = $"{data.Train.Count}",
                ["seed"] = $"{seed}",
                ["transform"] = plan.Frequencies is { } most
                    ? $"principal components of the first {most} frequencies"
                    : "principal components",
            },
        }.Assemble();
    }

    private static (byte[] Encoder, byte[] Decoder) Graphs(CosineGraphs graphs) => (graphs.Encoder(), graphs.Decoder());

    private static (byte[] Encoder, byte[] Decoder) Graphs(LinearPair pair, ImageGeometry geometry)
    {
        (sbyte[] rows, float[] scales) = RoundedRows.Of(pair.DecoderWeights, pair.Samples);
        return (
            LinearGraphs.Encoder(pair.EncoderWeights, pair.EncoderBias, geometry),
            LinearGraphs.Decoder(rows, scales, pair.DecoderBias, geometry)
        );
    }

    /// <summary>The mean image, moved by half a deviation along the first components: nobody's picture, whatever the data.</summary>
    private static byte[] GoldenImage(PrincipalComponents components)
    {
        var image = new byte[components.Samples];
        for (int s = 0; s < image.Length; s++)
        {
            double value = components.Mean[s];
            for (int k = 0; k < Math.Min(16, components.Count); k++)
                value += 0.5 * Math.Sqrt(components.Variances[k]) * components.Basis[k * components.Samples + s];
            image[s] = (byte)Math.Clamp(Math.Round(value), 0, 255);
        }

        return image;
    }
}
