using System.Globalization;
using Codec.Datasets;
using Codec.Trainer.Report;
using static Codec.Trainer.Article.Fidelity;

namespace Codec.Trainer.Article.Experiments;

/// <summary>Shows the faces: how they are read, joined with their attributes, scaled and split.</summary>
internal sealed class FacesExperiment() : Experiment("faces", "Faces, attributes, split")
{
    private const int AttributesShown = 3;

    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        Dataset faces = workshop.Faces;
        var sheet = new ContactSheet();
        sheet.AddRow("held-out faces", workshop.FirstOf(workshop.Test));
        return new Section
        {
            Text =
            [
                Text($"{faces.Name}. The networks get b/255 − 0.5 for a byte b, from −0.5 to 0.5; the manifests state it (scale, offset)."),
                Text(
                    $"The split is scikit-learn's train_test_split with test_size 0.1 and random_state 42, index for index; the first held-out photograph is {faces.Test.Ids[0]}."
                ),
                .. Attributes(workshop, cancellationToken),
            ],
            Comparisons =
            [
                new("images", "13,143 (those with attributes) of 13,233", Text($"{faces.Train.Count + faces.Test.Count:N0}")),
                new("size", "45×45 or 32×32", Text($"{faces.Train.Width}×{faces.Train.Height}")),
                new("training and held-out images", "90 % and 10 %", Text($"{faces.Train.Count:N0} and {faces.Test.Count:N0}")),
                new(
                    "least and largest value",
                    "−0.5 and 0.5",
                    Text($"{faces.Train.ReadAll().Min() / 255.0 - 0.5} and {faces.Train.ReadAll().Max() / 255.0 - 0.5}").Replace('-', '−')
                ),
            ],
            Illustrations = [workshop.Picture(Name, sheet, "The first five held-out faces.")],
        };
    }

    private static IEnumerable<string> Attributes(Workshop workshop, CancellationToken cancellationToken)
    {
        if (workshop.Attributes is not { } annotated)
        {
            yield return "There is no attributes file next to the faces (lfw_attributes.txt or lfw_attributes_partial.txt), so no attributes are joined.";
            yield break;
        }

        LabeledImage[] faces = workshop.Display.Run("Attributes", _ => annotated.Read(cancellationToken: cancellationToken).ToArray());
        yield return Text(
            $"{annotated.AttributeNames.Count} attributes are joined with their photographs, in the photographs' order, for all {faces.Length:N0} that the attributes file annotates. For example:"
        );
        foreach (LabeledImage face in faces.Where((_, index) => index % (faces.Length / AttributesShown) == 0).Take(AttributesShown))
        {
            IEnumerable<string> surest = face.Attributes!.Index()
                .OrderByDescending(attribute => attribute.Item)
                .Take(AttributesShown)
                .Select(attribute =>
                    string.Create(CultureInfo.InvariantCulture, $"{annotated.AttributeNames[attribute.Index]} {attribute.Item:+0.00}")
                );
            yield return $"{face.Id}: {string.Join(", ", surest)}.";
        }
    }
}
