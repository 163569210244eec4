using System.CommandLine;
using System.Globalization;
using Codec.Datasets;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Display;
using Codec.Trainer.Faces;
using Spectre.Console;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer evaluate</c>: measures bytes and PSNR of a model on held-out images.</summary>
internal static class EvaluateCommand
{
    public static Command Create(StageDisplay display)
    {
        var data = new DataOptions();
        var model = new Argument<FileInfo>("model") { Description = "A model file (faces-32.codec)." };
        var command = new Command("evaluate", "Measure a model on held-out images; make bench measures other formats.") { model };
        foreach (Option option in data.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                ModelPackage package = ModelPackage.Load(arguments.GetValue(model)!.FullName);
                Show(display, package, data.Read(arguments, display, cancellationToken).Test);
            }
        );
    }

    /// <summary>Measures and prints the table.</summary>
    public static void Show(StageDisplay display, ModelPackage package, ImageSet test)
    {
        using CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("quality");
        foreach (string column in new[] { "bytes an image", "PSNR dB", "times smaller than raw" })
            table.AddColumn(column, c => c.RightAligned());
        foreach (QualityFigures figures in QualityFigures.Measure(model, test))
        {
            table.AddRow(
                Text($"{figures.Quality}"),
                Text($"{figures.Bytes:0.00}"),
                Text($"{figures.Decibels:0.00}"),
                Text($"{test.ImageLength / figures.Bytes:0}")
            );
        }

        display.Console.Write(table);
        display.Line("make bench measures the bytes of JPEG, WebP and AVIF at the same PSNR.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
