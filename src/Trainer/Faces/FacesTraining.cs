using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Display;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using Codec.Trainer.Priors;
using Codec.Trainer.Tensors;
using TorchSharp;

namespace Codec.Trainer.Faces;

/// <summary>
/// Trains a fixed-size model of faces, such as <c>faces-32</c>: principal components as the linear pair, rounded to int8 in the decoder,
/// and a prior fitted for each quality to the symbols of the training images (ADR 4).
/// </summary>
internal sealed class FacesTraining(StageDisplay display)
{
    /// <summary>Trains a model.</summary>
    /// <param name="data">The data set; only its training images are used.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="plan">The plan. An aim that would code more latents than the plan has codes all of them.</param>
    /// <param name="seed">Seed of everything random.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="ArgumentException">The images are too few for the latents.</exception>
    public ModelPackage Run(Dataset data, string name, FacesPlan plan, int seed, CancellationToken cancellationToken)
    {
        int latents = plan.Latents;
        TorchThreads.SetStandard();
        torch.manual_seed(seed);
        PrincipalComponents components = display.Run(
            "Principal components",
            _ =>
                plan.Frequencies is { } frequencies
                    ? PrincipalComponents.FitSmooth(data.Train, latents, frequencies)
                    : PrincipalComponents.Fit(data.Train, latents, mirrored: false)
        );
        cancellationToken.ThrowIfCancellationRequested();
        LatentSet set = display.Run("Latents of the training images", _ => LatentSet.Analyze(data.Train, components));

        IEnumerable<QualityAim> aims = plan.Aims.Select(aim => new QualityAim(
            data.Train.ImageLength * 255.0 * 255.0 * Math.Pow(10, -aim.Decibels / 10),
            aim.Coded
        ));
        IReadOnlyList<QualityDraft> drafts = new FixedFit(set, components.Variances).Run(display, "Prior", aims, seed, cancellationToken);
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
            Prior = QualityDraft.ToPrior(drafts),
            GoldenImage = GoldenImage(components),
            Provenance = ModelParts.ProvenanceOf(
                data,
                seed,
                "transform",
                plan.Frequencies is { } most ? $"principal components of the first {most} frequencies" : "principal components"
            ),
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

    /// <summary>
    /// Creates the mean image, moved by half a deviation along the first components, so that it shows no person of the data.
    /// </summary>
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
