using Codec.Datasets;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Tensors;
using Codec.Trainer.Training;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>
/// The article's dense network on the faces that it used, or on those that come nearest: the article trained on the photographs that have
/// attributes, not aligned.
/// </summary>
internal static class OtherFaces
{
    /// <summary>Trains and measures on each set that is on this machine.</summary>
    /// <param name="workshop">The faces of all other experiments, and the sets.</param>
    /// <param name="code">Latents.</param>
    /// <param name="here">The floor and the network's error on the faces of all other experiments.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    public static TextTable Compare(Workshop workshop, int code, (double Floor, double Mse) here, CancellationToken cancellationToken)
    {
        Dataset faces = workshop.Faces;
        List<string[]> rows = [Row("those of this page", faces, here)];
        foreach (
            (string name, LfwSource? source) in new[]
            {
                ("annotated", workshop.Attributes),
                ("raw", workshop.Raw),
                ("raw-annotated", workshop.Raw?.WithAttributes()),
            }
        )
        {
            if (source is null)
                continue;
            Dataset others = workshop.Display.Run(
                $"Faces, {name}",
                _ => Dataset.Load(source, SplitBy.Image, cancellationToken: cancellationToken)
            );
            string title = name switch
            {
                "annotated" => "those of them with attributes",
                "raw" => "raw, not aligned",
                _ => "raw, those with attributes, as in the article",
            };
            rows.Add(Row(title, others, Measure(workshop, others, code, name, cancellationToken)));
        }

        return new TextTable(["faces", "images", "principal components: test MSE", "the article's settings", "÷ floor"], [.. rows]);
    }

    private static (double Floor, double Mse) Measure(
        Workshop workshop,
        Dataset faces,
        int code,
        string name,
        CancellationToken cancellationToken
    )
    {
        using NetworkTraining<DenseAutoencoder> training = workshop.Learn(
            $"dense{code}-{name}",
            checkpoint => DenseRecipe.Article(code, workshop.Seed).Prepare(faces, checkpoint),
            cancellationToken
        );
        TorchThreads.SetStandard();
        using Tensor test = faces.Test.ToTensor(workshop.Geometry.Scale, workshop.Geometry.Offset);
        var components = PrincipalComponents.Fit(faces.Train, code, mirrored: false);
        return (PrincipalComponentsExperiment.Floor(components, test, workshop.Geometry, [code])[0], training.History[^1].ValidationLoss);
    }

    private static string[] Row(string title, Dataset faces, (double Floor, double Mse) measured) =>
        [
            title,
            Text($"{faces.Train.Count + faces.Test.Count:N0}"),
            Mse(measured.Floor),
            Mse(measured.Mse),
            Text($"{measured.Mse / measured.Floor:0.000}"),
        ];
}
