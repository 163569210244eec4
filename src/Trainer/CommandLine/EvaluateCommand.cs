using System.CommandLine;
using System.Globalization;
using Codec.CommandLine;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;
using Spectre.Console;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer evaluate</c>: measures bytes and PSNR of a model on held-out images.</summary>
internal static class EvaluateCommand
{
    /// <summary>Images that a table is measured on, unless the command line says otherwise.</summary>
    public const int StandardCount = 500;

    public static Command Create(StageDisplay display)
    {
        var data = new DataOptions();
        var model = new Argument<FileInfo>("model") { Description = "A model file (faces-32.codec)." };
        Option<int> count = BoundedOption.Create("--count", 2000, 1, 100_000, "The largest number of images to measure.");
        var any = new Option<bool>("--any") { Description = "Measure all images, also those from which the model has learned." };
        var command = new Command(
            "evaluate",
            "Measure a model on images that its recorded split holds out; make bench measures other formats."
        )
        {
            model,
            count,
            any,
        };
        foreach (Option option in data.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                ModelPackage package = ModelPackage.Load(arguments.GetValue(model)!.FullName);
                HeldOutImages images = HeldOutImages.Choose(
                    package.Manifest,
                    data,
                    arguments,
                    arguments.GetValue(count),
                    arguments.GetValue(any),
                    display,
                    cancellationToken
                );
                display.Line($"{images.Notice}:");
                Show(display, Measure(package, images.Images, cancellationToken), images.Images);
            }
        );
    }

    /// <summary>Measures a model.</summary>
    public static IReadOnlyList<QualityFigures> Measure(
        ModelPackage package,
        IReadOnlyList<Raster> images,
        CancellationToken cancellationToken
    )
    {
        using CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);
        return QualityFigures.Measure(model, images, cancellationToken);
    }

    /// <summary>Prints the table.</summary>
    public static void Show(StageDisplay display, IReadOnlyList<QualityFigures> figures, IReadOnlyList<Raster> images)
    {
        double raw = images.Average(image => (double)image.Samples.Length);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("quality");
        foreach (string column in new[] { "bytes an image", "PSNR dB", "times smaller than raw" })
            table.AddColumn(column, c => c.RightAligned());
        foreach (QualityFigures point in figures)
        {
            table.AddRow(Text($"{point.Quality}"), Text($"{point.Bytes:0.00}"), point.Ratio, Text($"{raw / point.Bytes:0}"));
        }

        display.Console.Write(table);
        if (figures.All(point => point.IsExact))
            display.Line("Every image has so few colours that it is kept exact at every quality.");
        else if (QualityFigures.Fault(figures) is { } fault)
            display.Line($"More bytes do not always give better images: {fault}.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
