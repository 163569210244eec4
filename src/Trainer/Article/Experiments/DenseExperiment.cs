using Codec.Imaging;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using TorchSharp;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>The dense autoencoder at one code size: the article's own settings, and the trainer's schedule beside the floor of any linear code.</summary>
/// <param name="code">Latents.</param>
/// <param name="articleLoss">The validation loss that the article reaches, or null where it gives none.</param>
internal sealed class DenseExperiment(int code, double? articleLoss) : IExperiment
{
    private const int Shown = 5;
    private const int LargestFullRun = 256;

    // A code that loses hardly anything by itself: a tenth more would ask for more bits than the pixels have.
    private static readonly double[] LargeCodeErrors = [30, 8];

    /// <inheritdoc/>
    public string Name => $"dense{code}";

    /// <inheritdoc/>
    public string Title => Text($"A dense autoencoder, code {code:N0}");

    /// <inheritdoc/>
    public Section Run(Workshop workshop, CancellationToken cancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        using NetworkTraining<DenseAutoencoder> article = Article(workshop, code, cancellation);
        using NetworkTraining<DenseAutoencoder> product = Product(workshop, code, cancellation);
        double floor = PrincipalComponentsExperiment.Floor(workshop, [code])[0];
        double articleMse = article.History[^1].ValidationLoss, productMse = product.History[^1].ValidationLoss;
        long[] parameters = [.. article.Network.parameters().Select(parameter => parameter.numel())];
        string model = workshop.Publishable(
            $"faces-dense-{code}", product.Network, workshop.Train, workshop.Train, "dense, from principal components", code > 100 ? LargeCodeErrors : null, cancellation);

        var figures = new Dictionary<string, double>
        {
            [$"dense{code}.test_mse"] = productMse,
            [$"dense{code}.article_test_mse"] = articleMse,
            [$"pca.ratio_k{code}"] = productMse / floor,
        };
        return new Section
        {
            Title = Title,
            Text =
            [
                Text($"One linear layer each way, Adamax at its default rate, mean squared error, {article.History.Count} epochs of batches of 32: the article's own settings."),
                Text($"No linear code of {code:N0} numbers can lose less than the principal components, {Mse(floor)} on the held-out faces. The article's settings come to {articleMse / floor:0.000} times that, the trainer's own schedule, which starts from the components, to {productMse / floor:0.000} times."),
            ],
            Comparisons =
            [
                new("parameters", code == 32 ? "98,336 + 101,376 = 199,712" : "—", Text($"{parameters[0] + parameters[1]:N0} + {parameters[2] + parameters[3]:N0} = {parameters.Sum():N0}")),
                new("validation loss, the article's settings", articleLoss is { } loss ? Text($"{loss}") : "—", Mse(articleMse)),
                new("validation loss, the trainer's schedule", "—", Mse(productMse)),
                new("principal components: the floor", "—", Mse(floor)),
            ],
            Illustrations =
            [
                workshop.Plot($"{Name}-loss", LossPlot(article.History), "Loss and validation loss, the article's settings."),
                workshop.Picture($"{Name}-faces", Faces(workshop, article.Network), "Five held-out faces: original, code, reconstruction (the article's settings)."),
                workshop.Picture($"{Name}-faces-product", Faces(workshop, product.Network), "The same faces with the trainer's schedule."),
            ],
            Figures = figures,
            Models = [model],
        };
    }

    /// <summary>The network as the article trains it; a large one for half the epochs, which take as long.</summary>
    public static NetworkTraining<DenseAutoencoder> Article(Workshop workshop, int code, CancellationToken cancellation)
    {
        DenseRecipe recipe = DenseRecipe.Article(code, workshop.Seed);
        if (code > LargestFullRun) recipe = recipe with { Options = recipe.Options with { Epochs = recipe.Options.Epochs / 2 } };
        return workshop.Learn($"dense{code}-article", checkpoint => recipe.Prepare(workshop.Faces, checkpoint), cancellation);
    }

    /// <summary>The network as the trainer's own schedule trains it.</summary>
    public static NetworkTraining<DenseAutoencoder> Product(Workshop workshop, int code, CancellationToken cancellation) => workshop.Learn(
        $"dense{code}-product",
        checkpoint => DenseRecipe.Product(code, workshop.Seed).Prepare(
            workshop.Faces, checkpoint, workshop.Components.ToPair(code, workshop.Geometry.Scale, workshop.Geometry.Offset)),
        cancellation);

    /// <summary>Loss and validation loss by epoch.</summary>
    public static byte[] LossPlot(IReadOnlyList<EpochResult> history)
    {
        double[] epochs = [.. history.Select(epoch => (double)epoch.Epoch)];
        return LinePlot.Draw(
            "epoch",
            "mean squared error",
            [new Curve("loss", epochs, [.. history.Select(epoch => epoch.Loss)]), new Curve("val_loss", epochs, [.. history.Select(epoch => epoch.ValidationLoss)])]);
    }

    private static ContactSheet Faces(Workshop workshop, CodecNetwork network)
    {
        using DisposeScope scope = NewDisposeScope();
        network.eval();
        Tensor latents = workshop.Test.Through(network.encode), five = latents.narrow(0, 0, Shown);
        var sheet = new ContactSheet();
        sheet.AddRow("original", workshop.Test.narrow(0, 0, Shown).ToImages(workshop.Geometry));
        sheet.AddRow("code", five.ToCodePictures(latents));
        sheet.AddRow("reconstruction", five.Through(codes => network.decode(codes, ModelManifest.ImageHead)).ToImages(workshop.Geometry));
        return sheet;
    }
}
