using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Spectre.Console;

namespace Codec.Bench.Pictures;

/// <summary>A person's own pictures, scaled to the size at which they are streamed.</summary>
internal static class PictureFolder
{
    /// <summary>Reads the pictures of a folder, upright and with three channels; names and skips files that cannot be read.</summary>
    /// <param name="console">Shows which files were skipped.</param>
    /// <param name="folder">Holds JPEG, PNG and WebP files, also in subfolders.</param>
    /// <param name="longest">Longest side in pixels; larger pictures are shrunk.</param>
    /// <param name="most">Largest number of pictures; the first by path are read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DatasetException">The folder contains no readable picture.</exception>
    public static IReadOnlyList<LabeledImage> Read(
        IAnsiConsole console,
        string folder,
        int longest,
        int most,
        CancellationToken cancellationToken
    )
    {
        var source = new FolderSource(folder);
        LabeledImage[] pictures =
        [
            .. source
                .Read(cancellationToken: cancellationToken)
                .Take(most)
                .Select(image => image with { Image = Shrink(image.Image, longest) }),
        ];
        foreach (string reason in source.Skipped)
            console.WriteLine($"Skipped {reason}");
        return pictures;
    }

    private static Raster Shrink(Raster image, int longest)
    {
        int side = Math.Max(image.Width, image.Height);
        return side <= longest ? image : Resampler.Resize(image, Side(image.Width), Side(image.Height));

        int Side(int pixels) => Math.Max(1, (int)(((long)pixels * longest + side / 2) / side));
    }
}
