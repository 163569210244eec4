using System.Globalization;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.CommandLine;
using Codec.Trainer.Display;
using Codec.Trainer.Training;
using Spectre.Console;

namespace Codec.Trainer.Evaluation;

/// <summary>Compares a fine-tuned model with the one that it started from.</summary>
internal static class StartComparison
{
    /// <summary>Prints the figures of both on held-out images, and requires that the fine-tuned one takes fewer bytes.</summary>
    /// <param name="display">Receives the table.</param>
    /// <param name="tuned">The fine-tuned model.</param>
    /// <param name="start">The model that it started from.</param>
    /// <param name="images">Images that neither was trained on here.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="TrainingStoppedException">The fine-tuned model takes no fewer bytes at the same PSNR.</exception>
    public static void Require(
        StageDisplay display,
        ModelPackage tuned,
        ModelPackage start,
        IReadOnlyList<Raster> images,
        CancellationToken cancellationToken
    )
    {
        (double Bytes, double Decibels)[] before = Points(start),
            after = Points(tuned);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("quality");
        foreach (string column in new[] { "PSNR dB", "bytes an image", $"{start.Manifest.Name} at that PSNR", "fewer" })
            table.AddColumn(Markup.Escape(column), c => c.RightAligned());
        for (int quality = 0; quality < after.Length; quality++)
        {
            (double bytes, double decibels) = after[quality];
            double other = RateLine.BytesAt(before, decibels);
            table.AddRow(
                Text($"{quality}"),
                QualityFigures.TextOf(decibels),
                Text($"{bytes:0.0}"),
                double.IsNaN(other) ? "—" : Text($"{other:0.0}"),
                double.IsNaN(other) ? "—" : Text($"{1 - bytes / other:0.0 %}")
            );
        }

        display.Line($"{tuned.Manifest.Name} beside {start.Manifest.Name}, from which it started, on {images.Count:N0} held-out images:");
        display.Console.Write(table);
        double more = RateLine.MoreBytes(before, after) ?? 0;
        if (more >= 0)
        {
            throw new TrainingStoppedException(
                Text(
                    $"No model was written: {tuned.Manifest.Name} takes {more:0.0 %} more bytes than {start.Manifest.Name}, from which it started, at the same PSNR on held-out images. Use {start.Manifest.Name}, or give more images."
                )
            );
        }

        display.Line(Text($"{-more:0.0 %} fewer bytes than {start.Manifest.Name} at the same PSNR."));

        (double Bytes, double Decibels)[] Points(ModelPackage package) =>
            [.. EvaluateCommand.Measure(package, images, cancellationToken).Select(point => (point.Bytes, point.Decibels))];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
