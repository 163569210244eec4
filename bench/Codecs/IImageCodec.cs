using Codec.Images;

namespace Codec.Bench.Codecs;

/// <summary>
/// Makes files of images and images of files, at several qualities: ours and its peers alike. Safe for use by many threads at once.
/// </summary>
internal interface IImageCodec
{
    /// <summary>For tables.</summary>
    string Name { get; }

    /// <summary>The qualities that a curve is drawn through, from the fewest bytes to the most.</summary>
    IReadOnlyList<int> Qualities { get; }

    /// <summary>Encodes an image to a whole file, which holds all that its decoder must be told.</summary>
    byte[] Encode(Raster image, int quality);

    /// <summary>Decodes a file of its own; three channels.</summary>
    Raster Decode(byte[] file);
}
