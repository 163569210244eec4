using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;

namespace Trainer.Tests.OwnData;

/// <summary>A folder of a person's own images: drawn faces as PNG files, in a subfolder for each label.</summary>
internal static class OwnFolder
{
    /// <summary>Writes images, and returns the folder's path.</summary>
    public static string Write(
        this TemporaryDirectory folder,
        string name,
        int count,
        int width = 16,
        int height = 16,
        int channels = 3,
        int labels = 1,
        ulong seed = 7
    )
    {
        // Drawn at a larger size and cut: faces are square.
        int side = Math.Max(width, height);
        foreach ((int i, LabeledImage face) in new SyntheticFaces(count, side, side, seed).Read(null, CancellationToken.None).Index())
        {
            Raster image = face.Image.Crop(0, 0, width, height).WithChannels(channels);
            folder.Write($"{name}/person {(char)('A' + i % labels)}/{i:D4}.png", ImageFile.EncodePng(image));
        }

        return folder.File(name);
    }
}
