using System.Globalization;
using System.Text;
using Codec.Bench.Faces;
using Codec.Measurement;

namespace Codec.Bench.Report;

/// <summary>Plots PSNR over bytes as inline SVG. The browser renders the text, so no font is embedded.</summary>
internal static class RateDistortionPlot
{
    private const int Width = 640,
        Height = 360,
        Left = 56,
        Bottom = 40,
        Top = 15,
        Right = 70;
    private const double MinBytes = 4,
        MaxBytes = 1024,
        MinDecibels = 20,
        MaxDecibels = 40;
    private static readonly string[] Colours = ["#c0392b", "#2980b9", "#27ae60", "#8e44ad"];

    public static string Render(IReadOnlyList<OurPoint> ours, IReadOnlyList<(string Name, IReadOnlyList<RatePoint> Points)> peers)
    {
        var svg = new StringBuilder();
        svg.Append(Text($"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" font-family=\"system-ui,sans-serif\" font-size=\"13\">"));
        for (double bytes = MinBytes; bytes <= MaxBytes; bytes *= 2)
        {
            svg.Append(
                Text(
                    $"<line x1=\"{X(bytes):0.0}\" x2=\"{X(bytes):0.0}\" y1=\"{Top}\" y2=\"{Height - Bottom}\" stroke=\"#eee\"/><text x=\"{X(bytes):0.0}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\" fill=\"#666\">{bytes:0}</text>"
                )
            );
        }

        for (double decibels = MinDecibels; decibels <= MaxDecibels; decibels += 5)
        {
            svg.Append(
                Text(
                    $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(decibels):0.0}\" y2=\"{Y(decibels):0.0}\" stroke=\"#eee\"/><text x=\"{Left - 8}\" y=\"{Y(decibels) + 4:0.0}\" text-anchor=\"end\" fill=\"#666\">{decibels:0} dB</text>"
                )
            );
        }

        svg.Append(
            Text(
                $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\" fill=\"#666\">bytes an image (logarithmic)</text>"
            )
        );
        Curve("faces-32", [.. ours.Select(point => (point.FrameBytes, point.Decibels))], 0);
        for (int i = 0; i < peers.Count; i++)
            Curve(peers[i].Name, [.. peers[i].Points.Select(point => (point.Bytes, point.Decibels))], i + 1);
        return svg.Append("</svg>").ToString();

        void Curve(string name, (double Bytes, double Decibels)[] points, int index)
        {
            string colour = Colours[index % Colours.Length];
            string path = string.Join(' ', points.Select(point => Text($"{X(point.Bytes):0.0},{Y(point.Decibels):0.0}")));
            svg.Append(Text($"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"));
            foreach ((double bytes, double decibels) in points)
                svg.Append(Text($"<circle cx=\"{X(bytes):0.0}\" cy=\"{Y(decibels):0.0}\" r=\"3.5\" fill=\"{colour}\"/>"));
            svg.Append(
                Text($"<text x=\"{X(points[^1].Bytes) + 8:0.0}\" y=\"{Y(points[^1].Decibels) + 4:0.0}\" fill=\"{colour}\">{name}</text>")
            );
        }
    }

    private static double X(double bytes) => Left + (Width - Left - Right) * Math.Log(bytes / MinBytes) / Math.Log(MaxBytes / MinBytes);

    private static double Y(double decibels) =>
        Height
        - Bottom
        - (Height - Bottom - Top) * (Math.Clamp(decibels, MinDecibels, MaxDecibels) - MinDecibels) / (MaxDecibels - MinDecibels);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
