using Codec.Imaging;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using TorchSharp;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>A convolutional autoencoder beside the dense one of the same code size.</summary>
/// <param name="code">Latents.</param>
internal sealed class ConvolutionalExperiment(int code) : IExperiment
{
    private const int Shown = 5;

    /// <inheritdoc/>
    public string Name => $"conv{code}";

    /// <inheritdoc/>
    public string Title => Text($"A convolutional autoencoder, code {code:N0}");

    /// <inheritdoc/>
    public Section Run(Workshop workshop, CancellationToken cancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        using NetworkTraining<ConvolutionalAutoencoder> convolutional = workshop.Learn(
            Name, checkpoint => ConvolutionalRecipe.Faces(code, workshop.Seed).Prepare(workshop.Faces, checkpoint, workshop.Components), cancellation);
        using NetworkTraining<DenseAutoencoder> dense = DenseExperiment.Product(workshop, code, cancellation);
        double ours = convolutional.History[^1].ValidationLoss, theirs = dense.History[^1].ValidationLoss;
        string model = workshop.Publishable(
            $"faces-conv-{code}", convolutional.Network, workshop.Train, workshop.Train, "convolutions beside principal components", null, cancellation);

        Tensor five = workshop.Test.narrow(0, 0, Shown);
        var sheet = new ContactSheet();
        sheet.AddRow("original", five.ToImages(workshop.Geometry));
        sheet.AddRow("dense", five.Through(dense.Network.forward).ToImages(workshop.Geometry));
        convolutional.Network.eval();
        sheet.AddRow("convolutional", five.Through(convolutional.Network.forward).ToImages(workshop.Geometry));
        return new Section
        {
            Title = Title,
            Text =
            [
                "The article names convolutional encoders. This one adds convolutions to the principal components in both directions, so that its training begins where the best linear code ends; it learns from mirror images too.",
            ],
            Comparisons =
            [
                new(Text($"test MSE, dense, code {code}"), "—", Mse(theirs)),
                new(Text($"test MSE, convolutional, code {code}"), "—", Text($"{Mse(ours)}: {ours / theirs:0.000} of the dense one's")),
                new("parameters", "—", Text($"{convolutional.Network.parameters().Sum(parameter => parameter.numel()):N0}")),
            ],
            Illustrations =
            [
                workshop.Picture(Name, sheet, "Five held-out faces: original, dense, convolutional."),
                workshop.Plot($"{Name}-loss", DenseExperiment.LossPlot(convolutional.History), "Loss and validation loss of the convolutional network."),
            ],
            Figures = new Dictionary<string, double> { [$"conv{code}.mse_vs_dense"] = ours / theirs },
            Models = [model],
        };
    }
}
