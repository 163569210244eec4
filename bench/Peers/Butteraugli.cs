using System.Globalization;
using System.Text.RegularExpressions;
using CliWrap.Buffered;
using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Bench.Peers;

/// <summary>Measures Butteraugli by libjxl's <c>butteraugli_main</c> (Debian: libjxl-devtools).</summary>
internal static partial class Butteraugli
{
    /// <summary>Whether the program is installed.</summary>
    public static bool IsInstalled { get; } = CommandLinePeer.IsInstalled("butteraugli_main");

    /// <summary>The 3-norm of the visible differences; 0 for equal images.</summary>
    /// <exception cref="BenchException">The program failed.</exception>
    public static double Compare(Raster expected, Raster actual)
    {
        using var folder = new TemporaryDirectory();
        (string first, string second) = (folder.File("expected.png"), folder.File("actual.png"));
        File.WriteAllBytes(first, ImageFile.EncodePng(expected));
        File.WriteAllBytes(second, ImageFile.EncodePng(actual));
        BufferedCommandResult result = Programs
            .Command("butteraugli_main", first, second)
            .RunAsync(CancellationToken.None)
            .GetAwaiter()
            .GetResult();
        Match match = ThirdNorm().Match(result.StandardOutput);
        return result.IsSuccess && match.Success
            ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new BenchException($"butteraugli_main failed: {result.StandardError.Trim()} {result.StandardOutput.Trim()}");
    }

    [GeneratedRegex(@"3-norm:\s*([0-9.]+)")]
    private static partial Regex ThirdNorm();
}
