using System.CommandLine;
using Codec.CommandLine;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
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
        var any = new Option<bool>("--any") { Description = "Show all images, also those from which the model has learned." };
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
            any,
            output,
        };
        foreach (Option option in data.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                ModelPackage? package = arguments.GetValue(model) is { } file ? ModelPackage.Load(file.FullName) : null;
                int start = arguments.GetValue(first),
                    last = start + arguments.GetValue(count);
                IReadOnlyList<Raster> images = package is null
                    ? HeldOutImages.Some(data.Read(arguments, display, size: null, cancellationToken).Test, int.MaxValue)
                    : HeldOutImages
                        .Choose(package.Manifest, data, arguments, last, arguments.GetValue(any), display, cancellationToken)
                        .Images;
                images = [.. images.Take(last).Skip(start)];
                if (images.Count == 0)
                    throw new ArgumentException($"--first is {start}, but there are fewer images that are held out.");
                var sheet = new ContactSheet();
                sheet.AddRow("original", images);
                if (package is not null)
                    AddHeads(sheet, package, images);
                FileInfo target = arguments.GetValue(output)!;
                Directory.CreateDirectory(target.DirectoryName!);
                File.WriteAllBytes(target.FullName, sheet.ToPng());
                display.Line(target.FullName);
            }
        );
    }

    private static void AddHeads(ContactSheet sheet, ModelPackage package, IReadOnlyList<Raster> images)
    {
        using CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);
        int quality = model.Manifest.Qualities.Count - 1;
        byte[][] codes = [.. images.Select(image => model.Encode(image.Samples, image.Width, image.Height, quality))];
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
