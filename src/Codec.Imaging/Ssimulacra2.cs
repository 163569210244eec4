using Codec.Images;
using Codec.Perception;

namespace Codec.Imaging;

/// <summary>Measures how different two images look to people (SSIMULACRA 2.1; Sneyers 2023).</summary>
/// <remarks>
/// The encoder has the measure too (<see cref="CodecModel.Encode(ReadOnlySpan{byte}, int, int, int, int)"/>). A score of 30 is low quality,
/// 50 medium, 70 high, and 90 visually lossless side by side.
/// </remarks>
public static class Ssimulacra2
{
    /// <summary>The smallest side in pixels.</summary>
    public const int MinSide = Ssimulacra2Score.MinSide;

    /// <inheritdoc cref="Ssimulacra2Score.Compare"/>
    public static double Compare(Raster expected, Raster actual) => Ssimulacra2Score.Compare(expected, actual);
}
