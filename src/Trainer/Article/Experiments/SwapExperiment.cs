using Codec.Datasets;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>Face swap: one encoder of two people, a head for each; a client picks the head.</summary>
internal sealed class SwapExperiment() : Experiment("swap", "Face swap: one encoder, a head for each person")
{
    private const int Code = 64;
    private const int Shown = 8;

    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        // Labels with many photographs are people of LFW; synthetic faces have two of each.
        bool photographed = workshop.Faces.Rule.Kind is SplitKind.Permutation;
        Dataset faces = photographed
            ? workshop.Faces
            : SwapFaces.Draw(workshop.Faces.Train.Width, workshop.Faces.Train.Height, cancellationToken);
        SwapRecipe recipe = SwapFaces.Choose(faces, SwapRecipe.Faces(Code, workshop.Seed));
        PrincipalComponents? components = faces == workshop.Faces ? workshop.Components : null;
        using NetworkTraining<ConvolutionalAutoencoder> training = workshop.Learn(
            Name,
            checkpoint => recipe.Prepare(faces, checkpoint, components),
            cancellationToken
        );
        Tensor photographs = SwapFaces.Photographs(faces.Train, recipe.People, workshop.Geometry);
        string file = workshop.Publishable(
            "faces-swap",
            faces,
            training.Network,
            photographs,
            photographs,
            "one encoder, a head for each of two people",
            cancellationToken
        );

        using CodecModel model = CodecModel.Load(ModelPackage.Load(Path.Combine(workshop.Folder, file)), OnnxNetworkRuntime.Instance);
        int quality = model.Manifest.Qualities.Count - 1;
        var sheet = new ContactSheet();
        foreach (string person in recipe.People)
        {
            int[] held = [.. Enumerable.Range(0, faces.Test.Count).Where(i => faces.Test.Labels[i] == person).Take(Shown)];
            byte[][] codes = [.. held.Select(i => model.Encode(faces.Test[i], faces.Test.Width, faces.Test.Height, quality))];
            sheet.AddRow(
                $"{Spoken(person)}, held-out photographs",
                [.. held.Select(faces.Test.Image)],
                [.. codes.Select(code => $"{code.Length} bytes")]
            );
            foreach (string head in recipe.People)
            {
                sheet.AddRow(
                    $"the same codes, head {SwapRecipe.HeadOf(head)}",
                    [.. codes.Select(code => model.Decode(code, quality, SwapRecipe.HeadOf(head)))]
                );
            }
        }

        return new Section
        {
            Text =
            [
                $"Trained on {string.Join(" and ", recipe.People.Select(person => $"{faces.Train.Labels.Count(label => label == person)} photographs of {Spoken(person)}"))}, the two people with the most photographs. A code carries pose, expression and light; each head paints its own person from it. The pictures are decoded from the codes of the held-out photographs, at quality {quality}.",
            ],
            Comparisons =
            [
                new(
                    "heads over the same codes",
                    "a decoder for each person",
                    string.Join(", ", model.Manifest.Heads.Select(head => head.Name))
                ),
                new("test MSE, each person by their own head", "—", Mse(training.History[^1].ValidationLoss)),
            ],
            Illustrations = [workshop.Picture(Name, sheet, "Both directions: each person's codes through both heads.")],
            Models = [file],
        };
    }

    private static string Spoken(string person) => person.Replace('_', ' ');
}
