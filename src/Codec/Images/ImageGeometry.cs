using System.Text.Json.Serialization;

namespace Codec.Images;

/// <summary>
/// Shape of a graph's images and the scale of their floats: a byte b is the float b · <see cref="Scale"/> + <see cref="Offset"/>.
/// </summary>
/// <param name="Width">Width in pixels, 1 to 1024.</param>
/// <param name="Height">Height in pixels, 1 to 1024.</param>
/// <param name="Channels">1 (grey or mask) or 3 (sRGB).</param>
/// <param name="Scale">Finite and not zero; 1/255 gives floats from 0 to 1.</param>
/// <param name="Offset">Finite; −0.5 with a scale of 1/255 gives floats from −0.5 to 0.5.</param>
public sealed record ImageGeometry(int Width, int Height, int Channels, float Scale, float Offset)
{
    /// <summary>Number of samples of an image: width × height × channels.</summary>
    [JsonIgnore]
    public int Samples => Width * Height * Channels;

    /// <summary>Width and height.</summary>
    [JsonIgnore]
    public ImageSize Size => new(Width, Height);
}
