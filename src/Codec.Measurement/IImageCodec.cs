using Codec.Images;

namespace Codec.Measurement;

/// <summary>Encodes images to files and decodes them, at several qualities; our codec and its peers implement it. Thread-safe.</summary>
public interface IImageCodec
{
    /// <summary>The codec's name in tables.</summary>
    string Name { get; }

    /// <summary>The qualities that a curve is drawn through, from the fewest bytes to the most.</summary>
    IReadOnlyList<int> Qualities { get; }

    /// <summary>Encodes an image to a self-contained file.</summary>
    byte[] Encode(Raster image, int quality);

    /// <summary>Decodes a file that this codec wrote, to three channels.</summary>
    Raster Decode(byte[] file);
}
