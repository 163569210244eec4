using Codec.Datasets.Synthetic;
using Codec.Images;

namespace Codec.Datasets;

/// <summary>Faces that nobody has: drawn from numbers, so that everything runs with no download and no one's likeness.</summary>
/// <remarks>
/// They vary in identity (tone and shape of the head, hair, beard, glasses), pose, expression, light, background and camera, and
/// each pixel's part is known. An image depends on the seed and its own index alone, not on how many there are or who read before.
/// </remarks>
public sealed class SyntheticFaces : IImageSource
{
    // Purposes of the generator's streams.
    private const ulong Identity = 1;
    private const ulong Scenery = 2;
    private const ulong Camera = 3;

    private readonly int _count;
    private readonly int _width;
    private readonly int _height;
    private readonly int _imagesPerPerson;
    private readonly ulong _seed;

    /// <summary>Describes the set; nothing is drawn yet.</summary>
    /// <param name="count">Images, at least 1.</param>
    /// <param name="width">Pixels in a row, 8 to 1,024.</param>
    /// <param name="height">Rows, 8 to 1,024.</param>
    /// <param name="seed">The same seed gives the same faces.</param>
    /// <param name="imagesPerPerson">Images of each person, one after the other; 2 is about as in Labeled Faces in the Wild.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public SyntheticFaces(int count = 6_000, int width = 32, int height = 32, ulong seed = 42, int imagesPerPerson = 2)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(imagesPerPerson);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 8);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 8);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, 1024);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, 1024);
        (_count, _width, _height, _seed, _imagesPerPerson) = (count, width, height, seed, imagesPerPerson);
    }

    /// <inheritdoc/>
    public string Name => $"synthetic faces {_width}×{_height}, {_count} of seed {_seed}";

    /// <inheritdoc/>
    public string Licence => "Drawn by this program: nobody's face and nobody's picture, free for any use";

    /// <inheritdoc/>
    public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        int done = 0;
        foreach (LabeledImage face in Enumerable.Range(0, _count).SelectInParallel(Draw, cancellationToken))
        {
            done++;
            progress?.Report(new ReadProgress(done, (double)done / _count));
            yield return face;
        }
    }

    /// <summary>Draws one face.</summary>
    /// <param name="index">Any number from 0 on, also beyond the set's count.</param>
    /// <exception cref="ArgumentOutOfRangeException">index is negative.</exception>
    public LabeledImage Draw(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        int person = index / _imagesPerPerson;
        var traits = new FaceTraits(new SplitMix(_seed, Identity, (ulong)person));
        var scene = new FaceScene(new SplitMix(_seed, Scenery, (ulong)index), traits.Skin);
        (Raster image, PartMask mask) = FaceCanvas.Photograph(
            new FacePainter(traits, scene),
            scene,
            new SplitMix(_seed, Camera, (ulong)index),
            _width,
            _height
        );
        return new LabeledImage($"synthetic-{index:D6}", $"person-{person:D6}", image, mask);
    }
}
