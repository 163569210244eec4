using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Spectre.Console;

namespace Codec.Bench.Pictures;

/// <summary>A user's picture, scaled to the size at which it is streamed.</summary>
/// <param name="Id">The file's path within the folder.</param>
/// <param name="Image">Upright, three channels.</param>
internal sealed record Picture(string Id, Raster Image)
{
    /// <summary>Reads the pictures of a folder; names and skips files that cannot be read.</summary>
    /// <param name="console">Shows which files were skipped.</param>
    /// <param name="folder">A folder with JPEG, PNG and WebP files; searched recursively.</param>
    /// <param name="longest">Longest side in pixels; larger pictures are scaled down.</param>
    /// <param name="most">The most pictures that are read, in the order of their paths.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="DatasetException">The folder contains no readable picture.</exception>
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
