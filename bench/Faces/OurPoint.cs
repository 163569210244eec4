using Codec.Datasets;
using Codec.Frames;
using Codec.Imaging;

namespace Codec.Bench.Faces;

/// <summary>Measurements of our model at one quality.</summary>
/// <param name="Quality">The quality.</param>
/// <param name="Codes">One code for each image.</param>
/// <param name="Images">The decoded samples of each image.</param>
/// <param name="FrameBytes">Mean bytes for each image in frames of 64 codes, headers included.</param>
/// <param name="Decibels">PSNR in dB over all images together.</param>
internal sealed record OurPoint(int Quality, byte[][] Codes, byte[][] Images, double FrameBytes, double Decibels)
{
    public const int CodesPerFrame = 64;

    public static OurPoint Measure(CodecModel model, ImageSet images, int quality)
    {
        byte[][] codes = model.EncodeBatch(images.ReadAll(), quality);
        long frames = codes
            .Chunk(CodesPerFrame)
            .Sum(chunk => (long)CodeFrame.Write(quality, [.. chunk.Select(code => (ReadOnlyMemory<byte>)code)]).Length);
        byte[][] restored = [.. codes.Select(code => model.Decode(code, quality).Samples)];
        var psnr = new Psnr();
        for (int i = 0; i < restored.Length; i++)
            psnr.Add(images[i], restored[i]);
        return new OurPoint(quality, codes, restored, (double)frames / codes.Length, psnr.Decibels);
    }
}
