using Codec.Imaging;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using TorchSharp;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>A convolutional denoiser beside the dense one.</summary>
internal sealed class ConvolutionalDenoisingExperiment : IExperiment
{
    private const int Code = 400;
    private const int Shown = 5;

    /// <inheritdoc/>
    public string Name => "denoise-conv";

    /// <inheritdoc/>
    public string Title => "Denoising by convolutions";

    /// <inheritdoc/>
    public Section Run(Workshop workshop, CancellationToken cancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        using NetworkTraining<ConvolutionalDenoiser> convolutional = workshop.Learn(
            Name, checkpoint => DenoiserRecipe.Faces(Code, workshop.Seed).Prepare(workshop.Faces, checkpoint, workshop.Components), cancellation);
        using NetworkTraining<DenseAutoencoder> dense = DenoisingExperiment.Product(workshop, cancellation);
        convolutional.Network.eval();
        Tensor noisy = Reconstruction.Noisy(workshop.Test, DenoisingExperiment.Noise);
        Tensor denseClean = noisy.Through(dense.Network.forward), clean = noisy.Through(convolutional.Network.forward);
        double denseAfter = Decibels(denseClean, workshop.Test, workshop.Geometry), after = Decibels(clean, workshop.Test, workshop.Geometry);
        string model = workshop.Publishable(
            "faces-denoise-conv",
            convolutional.Network,
            Reconstruction.Noisy(workshop.Train, DenoisingExperiment.Noise),
            workshop.Train,
            "convolutional denoiser before a linear code",
            null,
            cancellation);

        var sheet = new ContactSheet();
        sheet.AddRow("original", workshop.Test.narrow(0, 0, Shown).ToImages(workshop.Geometry));
        sheet.AddRow("noisy", noisy.narrow(0, 0, Shown).ToImages(workshop.Geometry));
        sheet.AddRow(Text($"dense, {denseAfter:0.0} dB"), denseClean.narrow(0, 0, Shown).ToImages(workshop.Geometry));
        sheet.AddRow(Text($"convolutional, {after:0.0} dB"), clean.narrow(0, 0, Shown).ToImages(workshop.Geometry));
        return new Section
        {
            Title = Title,
            Text =
            [
                Text($"Convolutions clean the image before a linear code of {Code} numbers takes it in; the dense denoiser's code has 100, as in the article. With more than 100, a linear denoiser keeps more of the noise too; the convolutions take it off before."),
            ],
            Comparisons =
            [
                new("PSNR restored, the better dense one (code 100)", "—", Text($"{denseAfter:0.00} dB")),
                new(Text($"PSNR restored, convolutional (code {Code})"), "—", Text($"{after:0.00} dB, {after - denseAfter:0.00} dB more")),
            ],
            Illustrations = [workshop.Picture(Name, sheet, "Original, noisy, restored by the dense and by the convolutional network.")],
            Figures = new Dictionary<string, double> { ["denoise_conv.gain_over_dense_db"] = after - denseAfter },
            Models = [model],
        };
    }
}
