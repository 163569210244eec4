using Codec.Datasets;
using Codec.Imaging;

namespace Codec.Trainer.Faces;

/// <summary>A model's bytes and PSNR at one quality.</summary>
/// <param name="Quality">The quality.</param>
/// <param name="Bytes">Mean bytes of a code.</param>
/// <param name="Decibels">PSNR over all images together.</param>
internal sealed record QualityFigures(int Quality, double Bytes, double Decibels)
{
    /// <summary>Encodes and decodes every image at every quality.</summary>
    public static IReadOnlyList<QualityFigures> Measure(CodecModel model, ImageSet images)
    {
        var figures = new List<QualityFigures>();
        for (int quality = 0; quality < model.Manifest.Qualities.Count; quality++)
        {
            var psnr = new Psnr();
            byte[][] codes = model.EncodeBatch(images.Samples, quality);
            for (int i = 0; i < codes.Length; i++)
                psnr.Add(images[i], model.Decode(codes[i], quality).Samples);
            figures.Add(new QualityFigures(quality, codes.Average(code => code.Length), psnr.Decibels));
        }

        return figures;
    }
}
