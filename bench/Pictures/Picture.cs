using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Spectre.Console;

namespace Codec.Bench.Pictures;

/// <summary>A person's own pictures, made as large as they are to be streamed.</summary>
/// <param name="Id">The file's path within the folder.</param>
/// <param name="Image">Upright, three channels.</param>
internal sealed record Picture(string Id, Raster Image)
{
    /// <summary>Reads the pictures of a folder; what cannot be read is named, and passed over.</summary>
    /// <param name="console">Told what was passed over.</param>
    /// <param name="folder">JPEG, PNG and WebP files, in folders within it too.</param>
    /// <param name="longest">Longest side in pixels; larger pictures are made smaller.</param>
    /// <param name="most">How many at most; the first by their paths.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DatasetException">The folder holds no picture that can be read.</exception>
    public static IReadOnlyList<Picture> Read(
        IAnsiConsole console,
        string folder,
        int longest,
        int most,
        CancellationToken cancellationToken
    )
    {
        var source = new FolderSource(folder);
        Picture[] pictures =
        [
            .. source
                .Read(cancellationToken: cancellationToken)
                .Take(most)
                .Select(image => new Picture(image.Id, Shrink(image.Image, longest))),
        ];
        foreach (string reason in source.Skipped)
            console.WriteLine($"Passed over {reason}");
        return pictures;
    }

    private static Raster Shrink(Raster image, int longest)
    {
        int side = Math.Max(image.Width, image.Height);
        return side <= longest ? image : Resampler.Resize(image, Side(image.Width), Side(image.Height));

        int Side(int pixels) => Math.Max(1, (int)(((long)pixels * longest + side / 2) / side));
    }
}
