using Codec.Datasets;
using Codec.Imaging;

namespace Codec.Bench.Training;

/// <summary>
/// Cuts avatars of 48×48 from Labeled Faces in the Wild into a folder for training, one for validation and one for testing, by person: as a
/// company's folder of avatars would be.
/// </summary>
internal static class AvatarFolder
{
    private const int Side = 48;

    // One person in this many of those who are not held out steers the training.
    private const int ValidationSpacing = 20;

    /// <summary>Writes the folders, unless an earlier run did.</summary>
    /// <param name="lfw">The faces.</param>
    /// <param name="folder">Receives <c>train</c>, <c>validate</c> and <c>test</c>, with a subfolder for each person.</param>
    /// <param name="cancellationToken">Cancels between two images.</param>
    public static void Write(LfwSource lfw, string folder, CancellationToken cancellationToken)
    {
        string complete = Path.Combine(folder, "complete");
        if (File.Exists(complete))
            return;
        string[] ids = lfw.ReadIds();
        string[] people = [.. ids.Select(LfwSource.PersonOf)];
        HashSet<string> heldOut = [.. TrainTestSplit.ByLabel(people).Test.Select(i => people[i])];
        HashSet<string> steering =
        [
            .. people.Distinct().Where(person => !heldOut.Contains(person)).Where((_, i) => i % ValidationSpacing == 0),
        ];
        LfwSource avatars = lfw.Choose(ids, new FaceCrop(80, Side, Side));
        foreach (LabeledImage avatar in avatars.Read(null, cancellationToken))
        {
            string part =
                heldOut.Contains(avatar.Label) ? "test"
                : steering.Contains(avatar.Label) ? "validate"
                : "train";
            string file = Path.Combine(folder, part, Path.ChangeExtension(avatar.Id, ".png"));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, ImageFile.EncodePng(avatar.Image));
        }

        File.WriteAllText(complete, "");
    }
}
