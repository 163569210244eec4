using System.Globalization;
using System.Text.RegularExpressions;
using Codec.Images;
using Codec.Imaging;

namespace Codec.Measurement;

/// <summary>Measures Butteraugli by libjxl's <c>butteraugli_main</c> (Debian: libjxl-devtools).</summary>
internal static partial class Butteraugli
{
    /// <summary>Whether the program is installed.</summary>
    public static bool IsInstalled { get; } = CommandLineProgram.IsInstalled("butteraugli_main");

    /// <summary>The 3-norm of the visible differences; 0 for equal images.</summary>
    /// <exception cref="IOException">The program failed.</exception>
    public static double Compare(Raster expected, Raster actual)
    {
        using var folder = new WorkFolder();
        (string first, string second) = (folder.File("expected.png"), folder.File("actual.png"));
        File.WriteAllBytes(first, ImageFile.EncodePng(expected));
        File.WriteAllBytes(second, ImageFile.EncodePng(actual));
        string output = CommandLineProgram.Run("butteraugli_main", [first, second]);
        Match match = ThirdNorm().Match(output);
        return match.Success
            ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new IOException($"butteraugli_main failed: {output.Trim()}");
    }

    [GeneratedRegex(@"3-norm:\s*([0-9.]+)")]
    private static partial Regex ThirdNorm();
}
