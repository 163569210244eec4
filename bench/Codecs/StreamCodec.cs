using Codec.Images;
using Codec.Measurement;

namespace Codec.Bench.Codecs;

/// <summary>Our codec in a stream: a file is a code in a frame that does not name the version.</summary>
internal sealed class StreamCodec(ModelCodec codec) : IImageCodec
{
    public string Name => codec.Name;

    public IReadOnlyList<int> Qualities => codec.Qualities;

    public byte[] Encode(Raster image, int quality) => codec.EncodeInStream(image, quality);

    public Raster Decode(byte[] file) => codec.Decode(file);
}
