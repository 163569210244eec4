using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using Codec.Trainer.Priors;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;
using TorchSharp;

namespace Codec.Trainer.Faces;

/// <summary>
/// Trains a fixed-size model of faces, such as <c>faces-32</c>: principal components as the linear pair, rounded to int8 in the decoder,
/// and a prior fitted for each quality to the symbols of the training images (ADR 4).
/// </summary>
internal sealed class FacesTraining(StageDisplay display, Checkpoint checkpoint)
{
    // Validation images that judge the qualities; of more, these are chosen evenly.
    private const int Judged = 500;

    /// <summary>Trains a model. What the checkpoint holds is not computed again.</summary>
    /// <param name="data">The data set; its training images are learned, its validation images judge the qualities.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="plan">The plan. An aim that would code more latents than the plan has codes all of them.</param>
    /// <param name="seed">Seed of everything random.</param>
    /// <param name="targets">Replace the plan's aims if there are any.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="ArgumentException">
    /// The images are too few for the latents; a target cannot be reached; or more bytes do not give better images.
    /// </exception>
    /// <exception cref="TrainingStoppedException">The checkpoint belongs to another run.</exception>
    public ModelPackage Run(
        Dataset data,
        string name,
        FacesPlan plan,
        int seed,
        QualityTargets targets,
        CancellationToken cancellationToken
    )
    {
        targets.Check();
        int latents = plan.Latents;
        var saved = new FacesCheckpoint(
            checkpoint,
            new FacesRun(
                data.Digest.Hex,
                $"{data.Train.Width}×{data.Train.Height}×{data.Train.Channels}",
                latents,
                plan.Frequencies,
                plan.Aims,
                targets,
                seed
            )
        );
        if (saved.Resume())
            display.Line($"Resumes after {saved.Qualities.Count} qualities ({checkpoint.Path}; --fresh starts again).");
        TorchThreads.SetStandard();
        torch.manual_seed(seed);
        PrincipalComponents components =
            saved.Components
            ?? display.Run(
                "Principal components",
                _ =>
                    plan.Frequencies is { } frequencies
                        ? PrincipalComponents.FitSmooth(data.Train, latents, frequencies)
                        : PrincipalComponents.Fit(data.Train, latents, mirrored: false)
            );
        cancellationToken.ThrowIfCancellationRequested();
        LatentSet set = display.Run("Latents of the training images", _ => LatentSet.Analyze(data.Train, components, plan.Mirrored));
        IReadOnlyList<QualityAim> aims = Aims(data, plan, targets, set, components);
        IReadOnlyList<QualityDraft> drafts = new FixedFit(set, components.Variances).Run(
            display,
            "Prior",
            aims,
            seed,
            saved.Qualities,
            complete => saved.Save(components, complete),
            cancellationToken
        );
        ModelParts parts = Pack(data, name, plan, seed, components, drafts);
        return display.Run("Qualities on validation images", _ => Judge(parts, drafts, data.Validation, targets.Any, cancellationToken));
    }

    private static IReadOnlyList<QualityAim> Aims(
        Dataset data,
        FacesPlan plan,
        QualityTargets targets,
        LatentSet set,
        PrincipalComponents components
    )
    {
        if (plan.Aims is { } aims && !targets.Any)
        {
            return
            [
                .. aims.Select(aim => new QualityAim(data.Train.ImageLength * 255.0 * 255.0 * Math.Pow(10, -aim.Decibels / 10), aim.Coded)),
            ];
        }

        double unseen = LatentSet.Analyze(data.Validation, components).Residual;
        return new AimSearch(data.Train.ImageLength, set.Residual, unseen, components.Variances).Find(targets);
    }

    /// <summary>Keeps the qualities at which more bytes give better images; a person's targets must all be among them.</summary>
    private ModelPackage Judge(
        ModelParts parts,
        IReadOnlyList<QualityDraft> drafts,
        ImageSet images,
        bool all,
        CancellationToken cancellationToken
    )
    {
        ModelPackage package = parts.Assemble();
        using CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);
        IReadOnlyList<QualityFigures> figures = QualityFigures.Measure(
            model,
            [.. images.Spread(Judged).Select(i => images.Image((int)i))],
            cancellationToken
        );
        if (QualityFigures.Fault(figures) is not { } fault)
            return package;
        if (all)
            throw new ArgumentException($"More bytes do not give better images: {fault}. Set targets further apart, or lower ones.");
        IReadOnlyList<int> rising = QualityFigures.Rising(figures);
        display.Line(
            $"{figures.Count - rising.Count} of {figures.Count} qualities are left out, for more bytes must give better images: {fault}."
        );
        QualityDraft[] kept = [.. rising.Select(quality => drafts[quality])];
        return (parts with { Qualities = [.. kept.Select(draft => draft.Entry)], Prior = QualityDraft.ToPrior(kept) }).Assemble();
    }

    private static ModelParts Pack(
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
            Provenance = ModelCard.Of(
                data,
                seed,
                "transform",
                plan.Frequencies is { } most ? $"principal components of the first {most} frequencies" : "principal components"
            ),
        };
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
