using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Images;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>Segmentation: a head that computes the regions of a face, from the code of the face.</summary>
internal sealed class MaskExperiment() : Experiment("mask", "Segmentation: a mask head over the same codes")
{
    private const int Code = 128;
    private const int Shown = 6;
    private const int Drawn = 8000;

    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        Dataset faces = workshop.Display.Run(
            "Synthetic faces",
            _ =>
                Dataset.Load(
                    new SyntheticFaces(Drawn, workshop.Geometry.Width, workshop.Geometry.Height),
                    cancellationToken: cancellationToken
                )
        );
        using NetworkTraining<FaceSegmenter> training = workshop.Learn(
            Name,
            checkpoint => MaskRecipe.Faces(Code, workshop.Seed).Prepare(faces, checkpoint),
            cancellationToken
        );
        using Tensor images = faces.Train.ToTensor(workshop.Geometry.Scale, workshop.Geometry.Offset);
        string file = workshop.Publishable(
            "faces-mask",
            faces,
            training.Network,
            images,
            images,
            "principal components, and a head that gives regions",
            cancellationToken
        );

        using CodecModel model = CodecModel.Load(ModelPackage.Load(Path.Combine(workshop.Folder, file)), OnnxNetworkRuntime.Instance);
        int quality = model.Manifest.Qualities.Count - 1;
        byte[][] codes = model.EncodeBatch(faces.Test.ReadAll(), quality);
        byte[][] masks = [.. codes.Select(code => model.Decode(code, quality, FaceSegmenter.MaskHead).Samples)];
        FaceRegion[][] regions = [.. masks.Select(mask => mask.Select(grey => (FaceRegion)(grey / FaceSegmenter.GreyStep)).ToArray())];
        FaceRegion[][] exact = [.. faces.Test.Masks!.Select(mask => mask.Parts.Select(FaceRegions.Of).ToArray())];
        double[] unions = Intersections(exact, regions);

        var sheet = new ContactSheet();
        sheet.AddRow(
            "held-out synthetic faces",
            [.. Enumerable.Range(0, Shown).Select(faces.Test.Image)],
            [.. codes.Take(Shown).Select(code => $"{code.Length} bytes")]
        );
        sheet.AddRow(
            "the exact regions",
            [.. exact.Take(Shown).Select(mask => Coloured(workshop.Geometry.Width, workshop.Geometry.Height, mask))]
        );
        sheet.AddRow("head image", [.. codes.Take(Shown).Select(code => model.Decode(code, quality))]);
        sheet.AddRow(
            "head mask",
            [.. regions.Take(Shown).Select(mask => Coloured(workshop.Geometry.Width, workshop.Geometry.Height, mask))]
        );
        return new Section
        {
            Text =
            [
                "The article mentions segmentation. LFW has no masks, so the head is trained on synthetic faces, whose masks are exact. It separates face, hair and surroundings; eyes and lips are only a few pixels at this size. It is measured from codes, as a client decodes them: intersection over union over all held-out pixels for each region, and the mean of the regions.",
            ],
            Comparisons =
            [
                new("mean intersection over union", "—", Text($"{unions.Average():0.000}")),
                .. Enum.GetValues<FaceRegion>()
                    .Select(region => new Comparison(
                        $"… {region.ToString().ToLowerInvariant()}",
                        "—",
                        Text($"{unions[(int)region]:0.000}")
                    )),
                new("bytes of a code", "—", Text($"{codes.Average(code => code.Length):0.0}")),
            ],
            Illustrations = [workshop.Picture(Name, sheet, "Face, exact regions, and the outputs of the two heads from one code.")],
            Figures = new Dictionary<string, double> { ["mask.mean_iou"] = unions.Average() },
            Models = [file],
        };
    }

    /// <summary>Intersection over union of each region, counted over all pixels of all images together.</summary>
    private static double[] Intersections(FaceRegion[][] expected, FaceRegion[][] actual)
    {
        var both = new long[FaceSegmenter.Regions];
        var either = new long[FaceSegmenter.Regions];
        foreach ((FaceRegion theirs, FaceRegion ours) in expected.SelectMany(mask => mask).Zip(actual.SelectMany(mask => mask)))
        {
            either[(int)theirs]++;
            if (theirs == ours)
                both[(int)theirs]++;
            else
                either[(int)ours]++;
        }

        return [.. both.Zip(either, (shared, all) => all == 0 ? 1 : (double)shared / all)];
    }

    private static Raster Coloured(int width, int height, FaceRegion[] regions)
    {
        ReadOnlySpan<int> palette = [0x34507A, 0x4A3020, 0xE0AC85];
        var samples = new byte[regions.Length * 3];
        for (int i = 0; i < regions.Length; i++)
        {
            int colour = palette[(int)regions[i]];
            (samples[3 * i], samples[3 * i + 1], samples[3 * i + 2]) = ((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
        }

        return new Raster(width, height, 3, samples);
    }
}
