using System.CommandLine;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Display;
using Codec.Trainer.Report;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer show</c>: writes images of a data set to a PNG file; with a model, also the images that it restores.</summary>
internal static class ShowCommand
{
    public static Command Create(StageDisplay display)
    {
        var data = new DataOptions();
        Option<int> first = BoundedOption.Create("--first", 0, 0, int.MaxValue, "The index of the first held-out image to show.");
        Option<int> count = BoundedOption.Create("--count", 5, 1, 50, "How many images to show.");
        var model = new Option<FileInfo?>("--model") { Description = "A model file, whose heads' images are shown below the originals." };
        var output = new Option<FileInfo>("--output")
        {
            Description = "The PNG file to write.",
            DefaultValueFactory = _ => new FileInfo("artifacts/images.png"),
        };
        var command = new Command("show", "Write images of a data set to a PNG file, and the images that a model restores.")
        {
            first,
            count,
            model,
            output,
        };
        foreach (Option option in data.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                ImageSet images = data.Read(arguments, display, cancellationToken).Test;
                int start = arguments.GetValue(first),
                    shown = Math.Min(arguments.GetValue(count), images.Count - start);
                if (shown <= 0)
                    throw new ArgumentException($"--first is {start}; there are held-out images 0 to {images.Count - 1}.");
                var sheet = new ContactSheet();
                sheet.AddRow("original", [.. Enumerable.Range(start, shown).Select(images.Image)]);
                if (arguments.GetValue(model) is { } file)
                    AddHeads(sheet, ModelPackage.Load(file.FullName), images, start, shown);
                FileInfo target = arguments.GetValue(output)!;
                Directory.CreateDirectory(target.DirectoryName!);
                File.WriteAllBytes(target.FullName, sheet.ToPng());
                display.Line(target.FullName);
            }
        );
    }

    private static void AddHeads(ContactSheet sheet, ModelPackage package, ImageSet images, int start, int shown)
    {
        using CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);
        if (model.Manifest.Input.Samples != images.ImageLength)
        {
            throw new ArgumentException(
                $"{model.Manifest.Name} takes {model.Manifest.Input.Width}×{model.Manifest.Input.Height}×{model.Manifest.Input.Channels}, but the images are {images.Width}×{images.Height}×{images.Channels}; set --size."
            );
        }

        int quality = model.Manifest.Qualities.Count - 1;
        byte[][] codes = model.EncodeBatch(images.Samples.AsSpan(start * images.ImageLength, shown * images.ImageLength), quality);
        foreach (HeadEntry head in model.Manifest.Heads)
        {
            sheet.AddRow(
                $"head {head.Name}",
                [.. codes.Select(code => model.Decode(code, quality, head.Name))],
                [.. codes.Select(code => $"{code.Length} bytes")]
            );
        }
    }
}
