using Codec.Images;
using Codec.Imaging;

namespace Codec.Measurement;

/// <summary>What to measure besides bytes and PSNR; each takes time.</summary>
[Flags]
internal enum Judgement
{
    /// <summary>Nothing more.</summary>
    Plain = 0,

    /// <summary>Multi-scale structural similarity.</summary>
    Similarity = 1,

    /// <summary>SSIMULACRA 2.1.</summary>
    Ssimulacra = 2,

    /// <summary>Butteraugli, where its program is installed.</summary>
    Butteraugli = 4,
}

/// <summary>One image at one quality of a codec. What was not measured is NaN.</summary>
/// <param name="Bytes">Length of the file.</param>
/// <param name="MeanSquaredError">Mean squared error of the samples.</param>
/// <param name="Samples">Number of samples.</param>
/// <param name="Similarity">Multi-scale structural similarity, 0 to 1.</param>
/// <param name="Score">SSIMULACRA 2.1: 100 is best.</param>
/// <param name="Distance">Butteraugli's 3-norm: 0 is best.</param>
internal sealed record ImageMeasure(int Bytes, double MeanSquaredError, long Samples, double Similarity, double Score, double Distance)
{
    /// <summary>Encodes, decodes and judges an image.</summary>
    public static ImageMeasure Of(IImageCodec codec, Raster image, int quality, Judgement judgement)
    {
        byte[] file = codec.Encode(image, quality);
        Raster decoded = codec.Decode(file);
        var psnr = new Psnr();
        psnr.Add(image.Samples, decoded.Samples);
        return new ImageMeasure(
            file.Length,
            psnr.MeanSquaredError,
            psnr.Samples,
            judgement.HasFlag(Judgement.Similarity) ? MultiScaleSsim.Compare(image, decoded) : double.NaN,
            judgement.HasFlag(Judgement.Ssimulacra) ? Ssimulacra2.Compare(image, decoded) : double.NaN,
            judgement.HasFlag(Judgement.Butteraugli) ? Butteraugli.Compare(image, decoded) : double.NaN
        );
    }
}
