using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Recipes;

/// <summary>Whose faces are swapped.</summary>
internal static class SwapFaces
{
    // As many drawn faces of each of two that nobody has.
    private const int DrawnFaces = 300;

    /// <summary>
    /// The recipe's people where the set has photographs of both to learn from and held out; otherwise two who are drawn.
    /// </summary>
    /// <param name="faces">The set.</param>
    /// <param name="recipe">Names two people.</param>
    /// <param name="cancellationToken">Stops between two drawings.</param>
    /// <returns>The recipe, and the set that it is for.</returns>
    public static (SwapRecipe Recipe, Dataset Faces) Choose(Dataset faces, SwapRecipe recipe, CancellationToken cancellationToken)
    {
        if (recipe.People.All(person => faces.Train.Labels.Contains(person) && faces.Test.Labels.Contains(person)))
            return (recipe, faces);
        var source = new SyntheticFaces(2 * DrawnFaces, faces.Train.Width, faces.Train.Height, imagesPerPerson: DrawnFaces);
        Dataset drawn = Dataset.Load(source, cancellationToken: cancellationToken);
        return (recipe with { People = [.. drawn.Train.Labels.Distinct().Order(StringComparer.Ordinal)] }, drawn);
    }

    /// <summary>The photographs of some people.</summary>
    /// <returns>[N, D], scaled, owned by the caller.</returns>
    public static Tensor Photographs(ImageSet images, string[] people, ImageGeometry geometry)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] theirs = [.. Enumerable.Range(0, images.Count).Where(i => people.Contains(images.Labels[i])).Select(i => (long)i)];
        return images.ToTensor(geometry.Scale, geometry.Offset).index_select(0, from_array(theirs)).MoveToOuterDisposeScope();
    }
}
