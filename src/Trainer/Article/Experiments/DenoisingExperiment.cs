using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>Denoising with code 100: the article's dense network with new noise in each epoch, and the best linear one.</summary>
internal sealed class DenoisingExperiment() : Experiment("denoise", "Denoising")
{
    /// <summary>Deviation of the noise, for samples that span 1.</summary>
    public const double Noise = 0.1;

    /// <summary>The article's code size.</summary>
    public const int Code = 100;

    private const int Epochs = 25;

    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        using NetworkTraining<DenseAutoencoder> article = Article(workshop, cancellationToken);
        using NetworkTraining<DenseAutoencoder> product = Product(workshop, Code, cancellationToken);
        Tensor noisy = Reconstruction.Noisy(workshop.Test, Noise);
        Tensor articleClean = noisy.Through(article.Network.forward),
            productClean = noisy.Through(product.Network.forward);
        double before = workshop.Decibels(noisy);
        double articleAfter = workshop.Decibels(articleClean),
            productAfter = workshop.Decibels(productClean);
        string model = workshop.Publishable(
            "faces-denoise",
            product.Network,
            Reconstruction.Noisy(workshop.Train, Noise),
            workshop.Train,
            "dense denoiser, from principal components",
            cancellationToken
        );

        ContactSheet sheet = workshop.SheetOfOriginals();
        sheet.AddRow(Text($"noisy, {before:0.0} dB"), workshop.FirstOf(noisy));
        sheet.AddRow(Text($"the article's settings, {articleAfter:0.0} dB"), workshop.FirstOf(articleClean));
        sheet.AddRow(Text($"the trainer's schedule, {productAfter:0.0} dB"), workshop.FirstOf(productClean));
        return new Section
        {
            Text =
            [
                Text(
                    $"Code {Code}, noise of sigma {Noise}, drawn anew in each of {Epochs} epochs; the measured faces keep the same noise. PSNRs are those of the numbers, neither rounded nor clipped. The trainer's schedule starts from the principal components, each attenuated by its Wiener filter."
                ),
            ],
            Comparisons =
            [
                new("PSNR of the noisy faces", "—", Text($"{before:0.00} dB")),
                new("PSNR restored, the article's settings", "pictures", Text($"{articleAfter:0.00} dB")),
                new("PSNR restored, the trainer's schedule", "—", Text($"{productAfter:0.00} dB")),
            ],
            Illustrations =
            [
                workshop.Picture(Name, sheet, "Original, noisy, restored."),
                workshop.Plot(
                    $"{Name}-loss",
                    DenseExperiment.LossPlot(article.History),
                    "Loss and validation loss, the article's settings."
                ),
            ],
            Figures = new Dictionary<string, double>
            {
                ["denoise.gain_db"] = articleAfter - before,
                ["denoise_product.gain_db"] = productAfter - before,
            },
            Models = [model],
        };
    }

    /// <summary>The dense denoiser trained with the article's settings.</summary>
    public static NetworkTraining<DenseAutoencoder> Article(Workshop workshop, CancellationToken cancellationToken)
    {
        DenseRecipe recipe = DenseRecipe.Article(Code, workshop.Seed);
        recipe = recipe with { Noise = Noise, Options = recipe.Options with { Epochs = Epochs } };
        return workshop.Learn($"denoise{Code}-article", checkpoint => recipe.Prepare(workshop.Faces, checkpoint), cancellationToken);
    }

    /// <summary>The dense denoiser trained with the trainer's schedule.</summary>
    public static NetworkTraining<DenseAutoencoder> Product(Workshop workshop, int code, CancellationToken cancellationToken)
    {
        DenseRecipe recipe = DenseRecipe.Product(code, workshop.Seed) with { Noise = Noise };
        return workshop.Learn(
            $"denoise{code}-product",
            checkpoint =>
                recipe.Prepare(
                    workshop.Faces,
                    checkpoint,
                    workshop.Components.ToPair(code, workshop.Geometry.Scale, workshop.Geometry.Offset, Noise / workshop.Geometry.Scale)
                ),
            cancellationToken
        );
    }
}
