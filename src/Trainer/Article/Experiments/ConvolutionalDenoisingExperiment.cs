using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>A convolutional denoiser, compared with the dense one.</summary>
internal sealed class ConvolutionalDenoisingExperiment() : Experiment("denoise-conv", "Denoising by convolutions")
{
    private const int Code = 400;

    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        using NetworkTraining<ConvolutionalDenoiser> convolutional = workshop.Learn(
            Name,
            checkpoint => DenoiserRecipe.Faces(Code, workshop.Seed).Prepare(workshop.Faces, checkpoint, workshop.Components),
            cancellationToken
        );
        using NetworkTraining<DenseAutoencoder> dense = DenoisingExperiment.Product(workshop, DenoisingExperiment.Code, cancellationToken);
        using NetworkTraining<DenseAutoencoder> large = DenoisingExperiment.Product(workshop, Code, cancellationToken);
        Tensor noisy = Reconstruction.Noisy(workshop.Test, DenoisingExperiment.Noise);
        Tensor denseClean = noisy.Through(dense.Network.forward),
            largeClean = noisy.Through(large.Network.forward),
            clean = noisy.Through(convolutional.Network.forward);
        double denseAfter = workshop.Decibels(denseClean),
            largeAfter = workshop.Decibels(largeClean),
            after = workshop.Decibels(clean);
        string model = workshop.Publishable(
            "faces-denoise-conv",
            convolutional.Network,
            Reconstruction.Noisy(workshop.Train, DenoisingExperiment.Noise),
            workshop.Train,
            "convolutional denoiser before a linear code",
            cancellationToken
        );

        ContactSheet sheet = workshop.SheetOfOriginals();
        sheet.AddRow("noisy", workshop.FirstOf(noisy));
        sheet.AddRow(Text($"dense, code {DenoisingExperiment.Code}, {denseAfter:0.0} dB"), workshop.FirstOf(denseClean));
        sheet.AddRow(Text($"dense, code {Code}, {largeAfter:0.0} dB"), workshop.FirstOf(largeClean));
        sheet.AddRow(Text($"convolutional, code {Code}, {after:0.0} dB"), workshop.FirstOf(clean));
        return new Section
        {
            Text =
            [
                Text(
                    $"Convolutions denoise the image before a linear code of {Code} numbers; the article's code has {DenoisingExperiment.Code}. Most of the gain is due to the larger code: a dense denoiser with {Code} numbers, each principal component attenuated by its Wiener filter, is within {after - largeAfter:0.00} dB of the convolutional one."
                ),
            ],
            Comparisons =
            [
                new(
                    Text($"PSNR restored, dense, code {DenoisingExperiment.Code}, the trainer's schedule"),
                    "—",
                    Text($"{denseAfter:0.00} dB")
                ),
                new(Text($"PSNR restored, dense, code {Code}, the trainer's schedule"), "—", Text($"{largeAfter:0.00} dB")),
                new(Text($"PSNR restored, convolutional, code {Code}"), "—", Text($"{after:0.00} dB")),
            ],
            Illustrations = [workshop.Picture(Name, sheet, "Original, noisy, restored by dense networks and by the convolutional one.")],
            Figures = new Dictionary<string, double> { ["denoise_conv.gain_over_dense_db"] = after - denseAfter },
            Models = [model],
        };
    }
}
