using Codec.Trainer.Report;
using Codec.Trainer.Training;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>Faces with Gaussian noise of three deviations.</summary>
internal sealed class NoiseExperiment() : Experiment("noise", "Noise")
{
    private static readonly double[] Deviations = [0.01, 0.1, 0.5];

    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        ContactSheet sheet = workshop.SheetOfOriginals();
        var rows = new List<Comparison>();
        foreach (double deviation in Deviations)
        {
            Tensor noisy = Reconstruction.Noisy(workshop.Test, deviation);
            sheet.AddRow(Text($"sigma {deviation}"), workshop.FirstOf(noisy));
            rows.Add(
                new Comparison(
                    Text($"PSNR with sigma {deviation}"),
                    "a picture",
                    Text(
                        $"{workshop.Decibels(noisy):0.00} dB; as 8-bit images {ClippedDecibels(noisy, workshop.Test, workshop.Geometry):0.00} dB"
                    )
                )
            );
        }

        return new Section
        {
            Text =
            [
                "Gaussian noise on every sample; samples range from −0.5 to 0.5. The networks get the sum as it is, neither rounded nor clipped; the pictures are clipped.",
            ],
            Comparisons = rows,
            Illustrations = [workshop.Picture(Name, sheet, "Held-out faces with noise of sigma 0.01, 0.1 and 0.5.")],
        };
    }
}
