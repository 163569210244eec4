using Codec.Images;
using Codec.Models;

namespace Codec.Tests.Shared;

/// <summary>Summarizes a model's results on its golden image in a line that processes can compare.</summary>
public static class GoldenRun
{
    /// <summary>Decodes the golden code: <c>decoded name pixels</c>, the pixels as a digest.</summary>
    public static string Decode(CodecModel model)
    {
        GoldenEntry golden = model.Manifest.Golden;
        return $"decoded {model.Manifest.Name} {Digest.Of(model.Decode(golden.Code.Span, golden.Quality).Samples)}";
    }

    /// <summary>
    /// Decodes the golden code, and encodes the result at every quality: <c>encoded name code pixels</c>, digests of the codes and of the
    /// decoded pixels.
    /// </summary>
    public static string Encode(CodecModel model)
    {
        GoldenEntry golden = model.Manifest.Golden;
        Raster image = model.Decode(golden.Code.Span, golden.Quality);
        var codes = new List<byte>();
        var pixels = new List<byte>();
        for (int quality = 0; quality < model.Manifest.Qualities.Count; quality++)
        {
            byte[] code = model.Encode(image.Samples, image.Width, image.Height, quality);
            codes.AddRange(code);
            pixels.AddRange(model.Decode(code, quality).Samples);
        }

        return $"encoded {model.Manifest.Name} {Digest.Of([.. codes])} {Digest.Of([.. pixels])}";
    }
}
