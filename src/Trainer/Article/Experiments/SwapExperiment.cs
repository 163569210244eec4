using Codec.Datasets;
using Codec.Images;
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
        Tensor Learned(string person) => SwapFaces.Photographs(faces.Train, [person], Bytes(workshop));
        var judge = new SwapJudge(
            components ?? PrincipalComponents.Fit(faces.Train, Code, mirrored: false),
            Learned(recipe.People[0]),
            Learned(recipe.People[1])
        );
        List<Comparison> judged = [];
        for (int side = 0; side < recipe.People.Length; side++)
        {
            (string person, string other) = (recipe.People[side], recipe.People[1 - side]);
            Raster[] photos =
            [
                .. Enumerable.Range(0, faces.Test.Count).Where(i => faces.Test.Labels[i] == person).Select(faces.Test.Image),
            ];
            byte[][] codes = [.. photos.Select(photo => model.Encode(photo.Samples, photo.Width, photo.Height, quality))];
            Raster[] Painted(string head) => [.. codes.Select(code => model.Decode(code, quality, SwapRecipe.HeadOf(head)))];
            Raster[] own = Painted(person),
                swapped = Painted(other);
            sheet.AddRow(
                $"{Spoken(person)}, held-out photographs",
                [.. photos.Take(Shown)],
                [.. codes.Take(Shown).Select(code => $"{code.Length} bytes")]
            );
            sheet.AddRow($"the same codes, head {SwapRecipe.HeadOf(person)}", [.. own.Take(Shown)]);
            sheet.AddRow($"the same codes, head {SwapRecipe.HeadOf(other)}", [.. swapped.Take(Shown)]);

            double Of(Raster[] pictures, int who)
            {
                double second = judge.PartOfSecond(SwapJudge.Samples(pictures));
                return who == 1 ? second : 1 - second;
            }

            ImageGeometry input = training.Network.Input;
            Tensor Scaled(Raster[] pictures) => SwapJudge.Samples(pictures).mul(input.Scale).add(input.Offset);
            double found = SwapJudge.PartOfSourcesFound(training.Network, Scaled(photos), Scaled(swapped));
            judged.Add(
                new(
                    $"{Spoken(person)}, {photos.Length} held-out photographs: judged to be {Spoken(person)}",
                    "—",
                    Text($"{Of(photos, side):0 %} of the photographs, {Of(own, side):0 %} of the pictures by the own head")
                )
            );
            judged.Add(
                new(
                    $"their codes by the head of {Spoken(other)}: judged to be {Spoken(other)}",
                    "pictures",
                    Text($"{Of(swapped, 1 - side):0 %}")
                )
            );
            judged.Add(
                new(
                    "… encoded again: the nearest code is that of the own source",
                    "—",
                    Text($"{found:0 %}, by chance {1.0 / photos.Length:0 %}")
                )
            );
        }

        return new Section
        {
            Text =
            [
                $"Trained on {string.Join(" and ", recipe.People.Select(person => $"{faces.Train.Labels.Count(label => label == person)} photographs of {Spoken(person)}"))}, the two people with the most photographs. A code carries pose, expression and light; each head paints its own person from it. The pictures are decoded from the codes of the held-out photographs, at quality {quality}.",
                "The swap claims that the picture shows the other person, with the pose and expression of the photograph. The first "
                    + "is judged by a linear discriminant that has learned to tell the two people's training photographs apart; the "
                    + "second by encoding the picture again: its code should be nearest to that of its source, of all held-out "
                    + "photographs of the person.",
            ],
            Comparisons =
            [
                new(
                    "heads over the same codes",
                    "a decoder for each person",
                    string.Join(", ", model.Manifest.Heads.Select(head => head.Name))
                ),
                .. judged,
                new("test MSE, each person by their own head", "—", Mse(training.History[^1].ValidationLoss)),
            ],
            Illustrations = [workshop.Picture(Name, sheet, "Both directions: each person's codes through both heads.")],
            Models = [file],
        };
    }

    // Samples as they are.
    private static ImageGeometry Bytes(Workshop workshop) => workshop.Geometry with { Scale = 1, Offset = 0 };

    private static string Spoken(string person) => person.Replace('_', ' ');
}
