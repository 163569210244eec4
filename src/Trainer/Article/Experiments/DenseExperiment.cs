using Codec.Models;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>
/// The dense autoencoder at one code size: with the article's settings, with the trainer's schedule, and the floor of any linear code.
/// </summary>
/// <param name="code">Latents.</param>
/// <param name="articleLoss">The validation loss that the article reports; null if it reports none.</param>
internal sealed class DenseExperiment(int code, double? articleLoss)
    : Experiment($"dense{code}", Text($"A dense autoencoder, code {code:N0}"))
{
    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        using NetworkTraining<DenseAutoencoder> article = Article(workshop, code, cancellationToken);
        using NetworkTraining<DenseAutoencoder> product = Product(workshop, code, cancellationToken);
        double floor = PrincipalComponentsExperiment.Floor(workshop, [code])[0];
        double articleMse = article.History[^1].ValidationLoss,
            productMse = product.History[^1].ValidationLoss;
        long[] parameters = [.. article.Network.parameters().Select(parameter => parameter.numel())];
        string model = workshop.Publishable(
            $"faces-dense-{code}",
            product.Network,
            workshop.Train,
            workshop.Train,
            "dense, from principal components",
            cancellationToken
        );

        return new Section
        {
            Text =
            [
                Text(
                    $"One linear layer each way, Adamax at its default rate, mean squared error, {article.History.Count} epochs of batches of 32: the article's own settings."
                ),
                Text(
                    $"No linear code of {code:N0} numbers has a smaller error on its training faces than their principal components; on the held-out faces theirs is {Mse(floor)}. The article's settings come to {articleMse / floor:0.000} times that, the trainer's own schedule, which starts from the components, to {productMse / floor:0.000} times."
                ),
                .. OnOtherFaces(workshop, floor),
            ],
            Table = articleLoss is null ? null : OtherFaces.Compare(workshop, code, (floor, articleMse), cancellationToken),
            Comparisons =
            [
                new(
                    "parameters",
                    code == 32 ? "98,336 + 101,376 = 199,712" : "—",
                    Text($"{parameters[0] + parameters[1]:N0} + {parameters[2] + parameters[3]:N0} = {parameters.Sum():N0}")
                ),
                new("validation loss, the article's settings", articleLoss is { } loss ? Text($"{loss}") : "—", Mse(articleMse)),
                new("validation loss, the trainer's schedule", "—", Mse(productMse)),
                new("principal components: the floor", "—", Mse(floor)),
            ],
            Illustrations =
            [
                workshop.Plot($"{Name}-loss", LossPlot(article.History), "Loss and validation loss, the article's settings."),
                workshop.Picture(
                    $"{Name}-faces",
                    Faces(workshop, article.Network),
                    "Five held-out faces: original, code (two numbers a row, dark blue to yellow), reconstruction (the article's settings)."
                ),
                workshop.Picture($"{Name}-faces-product", Faces(workshop, product.Network), "The same faces with the trainer's schedule."),
            ],
            Figures = new Dictionary<string, double> { [$"{Name}.test_mse"] = productMse, [$"{Name}.article_test_mse"] = articleMse },
            Models = [model],
        };
    }

    /// <summary>The network trained with the article's settings.</summary>
    public static NetworkTraining<DenseAutoencoder> Article(Workshop workshop, int code, CancellationToken cancellationToken) =>
        workshop.Learn(
            $"dense{code}-article",
            checkpoint => DenseRecipe.Article(code, workshop.Seed).Prepare(workshop.Faces, checkpoint),
            cancellationToken
        );

    /// <summary>The network trained with the trainer's schedule.</summary>
    public static NetworkTraining<DenseAutoencoder> Product(Workshop workshop, int code, CancellationToken cancellationToken) =>
        workshop.Learn(
            $"dense{code}-product",
            checkpoint =>
                DenseRecipe
                    .Product(code, workshop.Seed)
                    .Prepare(
                        workshop.Faces,
                        checkpoint,
                        workshop.Components.ToPair(code, workshop.Geometry.Scale, workshop.Geometry.Offset)
                    ),
            cancellationToken
        );

    /// <summary>Plots loss and validation loss by epoch.</summary>
    public static byte[] LossPlot(IReadOnlyList<EpochResult> history)
    {
        double[] epochs = [.. history.Select(epoch => (double)epoch.Epoch)];
        return LinePlot.Draw(
            "epoch",
            "mean squared error",
            [
                new Curve("loss", epochs, [.. history.Select(epoch => epoch.Loss)]),
                new Curve("val_loss", epochs, [.. history.Select(epoch => epoch.ValidationLoss)]),
            ]
        );
    }

    private IEnumerable<string> OnOtherFaces(Workshop workshop, double floor)
    {
        if (articleLoss is null)
            yield break;
        yield return Text(
            $"The article's {articleLoss} is of raw photographs, whose faces are not aligned, so that its floor is another; the floor of the faces of this page is {Mse(floor)}."
        );
        yield return workshop.Raw is null
            ? "The raw photographs (lfw.tgz) are not on this machine; beside the data they would be measured too."
            : "The last rows of the table are of the raw photographs.";
    }

    private static ContactSheet Faces(Workshop workshop, CodecNetwork network)
    {
        Tensor latents = workshop.Test.Through(network.encode);
        ContactSheet sheet = workshop.SheetOfOriginals();
        sheet.AddRow("code", latents.ToCodePictures(Workshop.Shown));
        sheet.AddRow("reconstruction", workshop.FirstOf(latents.Through(codes => network.decode(codes, ModelManifest.ImageHead))));
        return sheet;
    }
}
