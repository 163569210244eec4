using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Codec.Trainer.Report;

/// <summary>Draws curves over one pair of axes as a PNG file.</summary>
internal static class LinePlot
{
    private const int Width = 760;
    private const int Height = 400;

    static LinePlot() => Fonts.FontResolvers.Add(new BundledFont());

    /// <summary>Draws the plot.</summary>
    /// <param name="x">The label of the horizontal axis.</param>
    /// <param name="y">The label of the vertical axis.</param>
    /// <param name="curves">One or more; with logarithmic axes, values are above zero.</param>
    /// <param name="logarithmic">Whether both axes are logarithmic.</param>
    /// <returns>The file's bytes.</returns>
    public static byte[] Draw(string x, string y, IReadOnlyList<Curve> curves, bool logarithmic = false)
    {
        using var plot = new Plot();
        foreach ((int number, Curve curve) in curves.Index())
        {
            var line = plot.Add.Scatter(Axis(curve.X), Axis(curve.Y));
            line.LegendText = curve.Name;
            line.LineWidth = curve.PointsOnly ? 0 : 2;
            line.MarkerSize = curve.PointsOnly ? 10 : 5;
            line.MarkerLineWidth = 2;
            // Crosses and circles alternate, so that points at the same place stay visible.
            if (curve.PointsOnly)
                line.MarkerShape = number % 2 == 0 ? MarkerShape.Cross : MarkerShape.OpenCircle;
        }

        plot.XLabel(x);
        plot.YLabel(y);
        plot.ShowLegend(Alignment.UpperRight);
        if (logarithmic)
        {
            plot.Axes.Bottom.TickGenerator = Decades();
            plot.Axes.Left.TickGenerator = Decades();
        }

        plot.Font.Set(BundledFont.Family);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);

        double[] Axis(IReadOnlyList<double> values) => [.. values.Select(value => logarithmic ? Math.Log10(value) : value)];
    }

    private static NumericAutomatic Decades() =>
        new()
        {
            IntegerTicksOnly = true,
            MinorTickGenerator = new LogMinorTickGenerator(),
            LabelFormatter = exponent => Math.Pow(10, exponent).ToString("0.######", CultureInfo.InvariantCulture),
        };
}

/// <summary>A curve.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">The horizontal positions, ascending.</param>
/// <param name="Y">A value for each of <paramref name="X"/>.</param>
/// <param name="PointsOnly">Whether to draw points without lines.</param>
internal sealed record Curve(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, bool PointsOnly = false);
