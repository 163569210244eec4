using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.Images;
using static TorchSharp.torch;

namespace Codec.Trainer.Recipes;

/// <summary>Chooses the people of a face swap and their photographs.</summary>
internal static class SwapFaces
{
    // Number of synthetic faces of each of two synthetic people.
    private const int DrawnFaces = 300;

    // A head that has seen fewer photographs of its person would paint those few.
    private const int FewestPhotographs = 8;

    /// <summary>Chooses the two people, by the labels of a set.</summary>
    /// <param name="faces">The set.</param>
    /// <param name="recipe">How to train.</param>
    /// <param name="people">Two labels; null for the two with the most photographs.</param>
    /// <returns>The recipe with the people chosen.</returns>
    /// <exception cref="ArgumentException">The set has too few photographs of two people.</exception>
    public static SwapRecipe Choose(Dataset faces, SwapRecipe recipe, string[]? people = null)
    {
        ILookup<string, string> train = faces.Train.Labels.ToLookup(label => label),
            held = faces.Validation.Labels.Concat(faces.Test.Labels).ToLookup(label => label);
        bool Suits(string label) =>
            train[label].Count() >= FewestPhotographs && faces.Validation.Labels.Contains(label) && faces.Test.Labels.Contains(label);
        string[] suited =
        [
            .. train
                .Select(label => label.Key)
                .Where(Suits)
                .OrderByDescending(label => train[label].Count())
                .ThenBy(label => label, StringComparer.Ordinal),
        ];
        if (people is null && suited.Length >= 2)
            return recipe with { People = suited[..2] };
        if (people is [var first, var second] && first != second && people.All(suited.Contains))
            return recipe with { People = people };
        string found = string.Join(
            ", ",
            train
                .OrderByDescending(label => label.Count())
                .Take(5)
                .Select(label => $"{label.Key} ({label.Count() + held[label.Key].Count()})")
        );
        throw new ArgumentException(
            $"A swap needs two people with at least {FewestPhotographs} training photographs each, and some held out, in folders named after them; {faces.Name} has {found}."
        );
    }

    /// <summary>Draws two synthetic people, for a set without two people of many photographs.</summary>
    /// <param name="width">Pixels in a row of each face.</param>
    /// <param name="height">Rows of each face.</param>
    /// <param name="cancellationToken">Stops between two faces.</param>
    public static Dataset Draw(int width, int height, CancellationToken cancellationToken) =>
        Dataset.Load(new SyntheticFaces(2 * DrawnFaces, width, height, imagesPerPerson: DrawnFaces), cancellationToken: cancellationToken);

    /// <summary>Selects the photographs of some people.</summary>
    /// <returns>[N, D], scaled, owned by the caller.</returns>
    public static Tensor Photographs(ImageSet images, string[] people, ImageGeometry geometry)
    {
        long[] theirs = [.. Enumerable.Range(0, images.Count).Where(i => people.Contains(images.Labels[i])).Select(i => (long)i)];
        return images.ToTensor(theirs, geometry.Scale, geometry.Offset);
    }
}
