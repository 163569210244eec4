using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Schemes.Grid;
using Codec.Transforms;

namespace Codec.Trainer.Photos;

/// <summary>The training images of a model of photographs, and some that are held out.</summary>
/// <param name="Photos">The training images, with three channels.</param>
/// <param name="Name">The names of the data sets.</param>
/// <param name="License">Their licences.</param>
internal sealed record PhotoSet(IReadOnlyList<Raster> Photos, string Name, string License)
{
    private Digest? _digest;

    /// <summary>Small copies of the photographs, for the prior and the filter of small images alone.</summary>
    public IReadOnlyList<Raster> Thumbnails { get; init; } = [];

    /// <summary>Images that steer the training: its qualities must be better with more bytes on them.</summary>
    public IReadOnlyList<Raster> Validation { get; init; } = [];

    /// <summary>Images held out for testing.</summary>
    public IReadOnlyList<Raster> Test { get; init; } = [];

    /// <summary>The number of pictures that were left out, because every model of photographs keeps them exact.</summary>
    public int Exact { get; init; }

    /// <summary>How the images were divided; null for the sets that the shipped model is trained on.</summary>
    public SplitRule? Rule { get; init; }

    /// <summary>The digest of the held-out images.</summary>
    public Digest? TestDigest { get; init; }

    /// <summary>The digest of the training images.</summary>
    public Digest Digest => _digest ??= ImageSet.DigestOf(Photos.Concat(Thumbnails).Select(photo => Digest.Of(photo.Samples)));

    /// <summary>The same set with training images as they are coded: short axes stretched to whole blocks (ADR 48).</summary>
    public PhotoSet Stretched() =>
        this with
        {
            Photos = [.. Photos.Select(Stretch)],
            Thumbnails = [.. Thumbnails.Select(Stretch)],
            _digest = Digest,
        };

    private static Raster Stretch(Raster photo)
    {
        WindowGrid grid = WindowGrid.Of(photo.Size, TrainedGrid.Entry, PhotosTraining.Window);
        if (!grid.IsStretched)
            return photo;
        var stretched = new StretchedImage(photo.Samples, grid);
        var line = new float[grid.Columns * grid.Stride * photo.Channels];
        int length = grid.Width * photo.Channels;
        var samples = new byte[grid.Height * length];
        for (int y = 0; y < grid.Height; y++)
        {
            stretched.CopyLine(y, line);
            for (int i = 0; i < length; i++)
                samples[y * length + i] = PixelScaling.Truncate(line[i] + 0.5f);
        }

        return new Raster(grid.Width, grid.Height, photo.Channels, samples);
    }
}
