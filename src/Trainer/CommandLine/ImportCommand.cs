using System.CommandLine;
using System.Globalization;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Import;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer import</c>: makes a model from a network that PyTorch or Keras exported.</summary>
internal static class ImportCommand
{
    /// <summary>The ranges of samples, each with the scale and offset that turn a byte into it.</summary>
    private static readonly Dictionary<string, (float Scale, float Offset)> Ranges = new()
    {
        ["0..1"] = (1 / 255f, 0),
        ["-1..1"] = (2 / 255f, -1),
        ["-0.5..0.5"] = (1 / 255f, -0.5f),
        ["0..255"] = (1, 0),
    };

    public static Command Create(StageDisplay display)
    {
        var encoder = new Argument<FileInfo>("encoder") { Description = "The encoder's ONNX file: images → latents." };
        var decoder = new Argument<FileInfo>("decoder") { Description = "The decoder's ONNX file: latents → images." };
        var data = new Option<DirectoryInfo>("--data")
        {
            Description = "A folder of images, to which prior and qualities are fitted.",
            Required = true,
        };
        var name = new Option<string>("--name") { Description = "The model's name.", DefaultValueFactory = _ => "imported" };
        var output = new Option<FileInfo?>("--output") { Description = "The model file to write; artifacts/models/NAME.codec by default." };
        var size = new Option<string?>("--size")
        {
            Description = "Width and height of the images, such as 64 or 96x64, where the encoder leaves them free.",
        };
        var range = new Option<string>("--range")
        {
            Description = "The range of the network's samples.",
            DefaultValueFactory = _ => "0..1",
        };
        range.AcceptOnlyFromAmong([.. Ranges.Keys]);
        var layout = new Option<ImageLayout?>("--layout")
        {
            Description = "The order of the network's samples; found by the number of channels by default.",
        };
        var latents = new Option<string?>("--latents") { Description = "The encoder's output to take, where it has several." };
        Option<int> seed = BoundedOption.Create("--seed", 42, 0, int.MaxValue, "Seed of the fit.");
        var command = new Command("import", "Make a model from a network that PyTorch or Keras exported as ONNX.")
        {
            encoder,
            decoder,
            data,
            name,
            output,
            size,
            range,
            layout,
            latents,
            seed,
        };
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                var analysis = ExportedFile.Read(arguments.GetValue(encoder)!.FullName, "encoder");
                var synthesis = ExportedFile.Read(arguments.GetValue(decoder)!.FullName, "decoder");
                var shape = ImageShape.Of(analysis, arguments.GetValue(layout), Size(arguments.GetValue(size)));
                (float scale, float offset) = Ranges[arguments.GetValue(range)!];
                using var network = ImportedNetwork.Create(analysis, synthesis, shape, scale, offset, arguments.GetValue(latents));
                Dataset images = new DataOptions().Read(
                    new FolderSource(
                        arguments.GetValue(data)!.FullName,
                        new FolderOptions { Size = new ImageSize(shape.Width, shape.Height), Channels = shape.Channels }
                    ),
                    display,
                    SplitBy.Image,
                    cancellationToken
                );
                string chosen = arguments.GetValue(name)!;
                ModelPackage package = new ModelImport(display).Run(
                    network,
                    analysis.Producer,
                    images,
                    chosen,
                    arguments.GetValue(seed),
                    cancellationToken
                );
                FileInfo file = arguments.GetValue(output) ?? new FileInfo($"artifacts/models/{chosen}.codec");
                TrainCommand.Save(
                    display,
                    package,
                    file,
                    HeldOutImages.Some(images.Test, EvaluateCommand.StandardCount),
                    cancellationToken
                );
            }
        );
    }

    private static ImageSize? Size(string? text)
    {
        if (text is null)
            return null;
        string[] parts = text.Split('x');
        if (
            parts.Length <= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int height)
            && width is >= 1 and <= ModelLimits.MaxSide
            && height is >= 1 and <= ModelLimits.MaxSide
        )
        {
            return new ImageSize(width, height);
        }

        throw new ArgumentException(
            $"--size is '{text}'; give a side or WIDTHxHEIGHT of 1 to {ModelLimits.MaxSide} pixels, such as 64 or 96x64."
        );
    }
}
