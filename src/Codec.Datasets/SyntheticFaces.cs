using Codec.Datasets.Synthetic;
using Codec.Images;

namespace Codec.Datasets;

/// <summary>Draws faces of no real person from random numbers, so that everything runs without a download.</summary>
/// <remarks>
/// The faces vary in identity (skin tone, shape of the head, hair, beard, glasses), pose, expression, light, background and camera, and the
/// part of each pixel is known. An image depends only on the seed and its index, not on the count or on earlier reads.
/// </remarks>
public sealed class SyntheticFaces : IDataSource
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

    /// <summary>Creates the source; nothing is drawn yet.</summary>
    /// <param name="count">Number of images, at least 1.</param>
    /// <param name="width">Pixels in a row, 8 to 1,024.</param>
    /// <param name="height">Rows, 8 to 1,024.</param>
    /// <param name="seed">The same seed gives the same faces.</param>
    /// <param name="imagesPerPerson">
    /// Number of consecutive images of each person, at least 1; 2 is close to the mean of Labeled Faces in the Wild.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
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
    public string License => "Drawn by this program: nobody's face and nobody's picture, free for any use";

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
    /// <param name="index">Index of the image, 0 or more; may exceed the set's count.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
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
