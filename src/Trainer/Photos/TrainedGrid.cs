using Codec.Filtering;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Models;
using Codec.Trainer.Priors;

namespace Codec.Trainer.Photos;

/// <summary>The trained parts of a grid model.</summary>
/// <param name="Colours">The colour planes.</param>
/// <param name="Qualities">The qualities, from the fewest bytes to the most.</param>
/// <param name="Filter">The post-filter; null for none.</param>
internal sealed record TrainedGrid(ColourAxes Colours, IReadOnlyList<QualityDraft> Qualities, PostFilter? Filter)
{
    // The image has several blocks each way, and cuts off the last ones.
    private static readonly ImageSize GoldenSize = new(90, 70);

    // Images above a megapixel, where two threads save time that anybody notices. After a cut, a row has no neighbours above, and
    // probabilities adapt anew: 40 rows keep that within 0.5 % of the bytes (ADR 40).
    private static readonly SliceEntry Slices = new(1 << 20, 40);

    /// <summary>How the models divide an image into blocks.</summary>
    public static readonly GridEntry Entry = new(LappedTransform.Stride, LappedTransform.Transforms)
    {
        Palette = true,
        Slices = Slices,
        Stretch = true,
    };

    /// <summary>Makes the model.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="card">The model's card.</param>
    public ModelPackage ToModel(string name, IReadOnlyDictionary<string, string> card) =>
        new ModelParts
        {
            Name = name,
            Input = PhotosTraining.Window,
            Grid = Entry,
            Latents = LappedTransform.Coefficients,
            Encoder = LappedTransform.Encoder(PhotosTraining.Window, Colours.Analysis),
            Heads =
            [
                new HeadGraph(
                    ModelManifest.ImageHead,
                    LappedTransform.Decoder(PhotosTraining.Window, Colours.Synthesis),
                    PhotosTraining.Window,
                    Filter?.ToBlob()
                ),
            ],
            Qualities = [.. Qualities.Select(draft => draft.Entry)],
            Prior = QualityDraft.ToPrior(Qualities),
            GoldenImage = GoldenImage(),
            GoldenSize = GoldenSize,
            Provenance = card,
        }.Assemble();

    /// <summary>The model of some of its qualities.</summary>
    public TrainedGrid Keep(IReadOnlyList<int> qualities) =>
        this with
        {
            Qualities = [.. qualities.Select(quality => Qualities[quality])],
            Filter = Filter is null
                ? null
                : new PostFilter(Filter.Tables with { Qualities = [.. qualities.Select(quality => Filter.Tables.Qualities[quality])] }),
        };

    /// <summary>A synthetic image: waves of many lengths and directions in three colours, and an edge.</summary>
    private static byte[] GoldenImage()
    {
        var image = new byte[GoldenSize.Pixels * 3];
        for (int i = 0; i < image.Length; i++)
        {
            (double x, double y, int channel) = (i / 3 % GoldenSize.Width, i / 3 / GoldenSize.Width, i % 3);
            double wave = 60 * Math.Sin(x * x / 220 + channel) + 40 * Math.Cos(y * (0.1 + 0.05 * channel) + x / 30);
            image[i] = (byte)Math.Clamp(128 + wave + (x + 2 * y > 140 ? 30 : -30), 0, 255);
        }

        return image;
    }
}
