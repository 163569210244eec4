using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Recipes;

/// <summary>Chooses the people of a face swap and their photographs.</summary>
internal static class SwapFaces
{
    // Number of synthetic faces of each of two synthetic people.
    private const int DrawnFaces = 300;

    /// <summary>
    /// Chooses the recipe's people if the set has training and held-out photographs of both, otherwise two synthetic people.
    /// </summary>
    /// <param name="faces">The set.</param>
    /// <param name="recipe">Names two people.</param>
    /// <param name="cancellationToken">Stops between two synthetic faces.</param>
    /// <returns>The recipe with the people chosen, and the set with their photographs.</returns>
    public static (SwapRecipe Recipe, Dataset Faces) Choose(Dataset faces, SwapRecipe recipe, CancellationToken cancellationToken)
    {
        if (recipe.People.All(person => faces.Train.Labels.Contains(person) && faces.Test.Labels.Contains(person)))
            return (recipe, faces);
        var source = new SyntheticFaces(2 * DrawnFaces, faces.Train.Width, faces.Train.Height, imagesPerPerson: DrawnFaces);
        Dataset drawn = Dataset.Load(source, cancellationToken: cancellationToken);
        return (recipe with { People = [.. drawn.Train.Labels.Distinct().Order(StringComparer.Ordinal)] }, drawn);
    }

    /// <summary>Selects the photographs of some people.</summary>
    /// <returns>[N, D], scaled, owned by the caller.</returns>
    public static Tensor Photographs(ImageSet images, string[] people, ImageGeometry geometry)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] theirs = [.. Enumerable.Range(0, images.Count).Where(i => people.Contains(images.Labels[i])).Select(i => (long)i)];
        return images.ToTensor(geometry.Scale, geometry.Offset).index_select(0, from_array(theirs)).MoveToOuterDisposeScope();
    }
}
