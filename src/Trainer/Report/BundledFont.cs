using ScottPlot;
using SkiaSharp;

namespace Codec.Trainer.Report;

/// <summary>The font that the program contains, so that text looks the same on every host, even if no font is installed.</summary>
internal sealed class BundledFont : IFontResolver
{
    /// <summary>The family's name, by which plots request it.</summary>
    public const string Family = "Roboto";

    /// <summary>The typeface; shared, so do not dispose it.</summary>
    public static SKTypeface Typeface { get; } = Load();

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Family ? Typeface : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Family ? Typeface : null;

    private static SKTypeface Load()
    {
        using Stream file = typeof(BundledFont).Assembly.GetManifestResourceStream("Roboto-Regular.ttf")!;
        return SKTypeface.FromStream(file);
    }
}
