using System.CommandLine;
using System.Globalization;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Imaging;
using Codec.Trainer.Display;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer images</c>: the held-out images of a data set as files, for programs that encode or publish images.</summary>
internal static class ImagesCommand
{
    public static Command Create(StageDisplay display)
    {
        var data = new DataOptions();
        var folder = new Argument<DirectoryInfo>("folder") { Description = "The folder to write into; created if it does not exist." };
        var command = new Command("images", "Write the held-out images of a data set as PNG files, which `codec publish` can send.")
        {
            folder,
        };
        foreach (Option option in data.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                string path = arguments.GetValue(folder)!.FullName;
                if (FoldersRead(data, arguments).FirstOrDefault(read => FolderPaths.IsWithin(path, read)) is { } source)
                {
                    throw new UsageException(
                        $"The folder {path} is in {source}, from which the images are read: a training there would learn the "
                            + "held-out images. Give a folder outside it."
                    );
                }

                ImageSet images = data.Read(arguments, display, size: null, cancellationToken).Test;
                Directory.CreateDirectory(path);
                for (int i = 0; i < images.Count; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    string file = Path.Combine(path, i.ToString("D5", CultureInfo.InvariantCulture) + ".png");
                    File.WriteAllBytes(file, ImageFile.EncodePng(images.Image(i)));
                }

                display.Line($"{images.Count} images were written to {path}.");
            }
        );
    }

    private static IEnumerable<string> FoldersRead(DataOptions data, ParseResult arguments) =>
        data.PartsOf(arguments) is { } parts ? new[] { parts.Train, parts.Validation, parts.Test }.OfType<string>()
        : data.AreOwn(arguments) && data.FolderOf(arguments) is { } folder ? [folder]
        : [];
}
