using System.Globalization;
using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;

namespace Codec.Trainer.Faces;

/// <summary>The mean bytes of common formats at a model's PSNR, as text; a star marks a format whose lowest PSNR is higher.</summary>
internal sealed record PeerFigures(string Jpeg, string Webp, string Png)
{
    private const int Images = 200;

    public static PeerFigures Measure(ImageSet images, double decibels) =>
        new(
            Matched(images, decibels, ImageFile.EncodeJpeg),
            Matched(images, decibels, ImageFile.EncodeWebp),
            Enumerable
                .Range(0, Math.Min(Images, images.Count))
                .Average(i => ImageFile.EncodePng(images.Image(i)).Length)
                .ToString("0", CultureInfo.InvariantCulture)
        );

    /// <summary>Finds the format's lowest quality that reaches the PSNR, by bisection.</summary>
    private static string Matched(ImageSet images, double decibels, Func<Raster, int, byte[]> encode)
    {
        int low = 0,
            high = 100;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (At(middle).Decibels >= decibels)
                high = middle;
            else
                low = middle + 1;
        }

        return At(high).Bytes.ToString("0", CultureInfo.InvariantCulture) + (high == 0 ? "*" : "");

        (double Bytes, double Decibels) At(int quality)
        {
            var psnr = new Psnr();
            long bytes = 0;
            int count = Math.Min(Images, images.Count);
            for (int i = 0; i < count; i++)
            {
                byte[] file = encode(images.Image(i), quality);
                bytes += file.Length;
                // Lossy WebP has no grey images: the decoder returns three channels.
                psnr.Add(images[i], ImageFile.Decode(file).WithChannels(images.Channels).Samples);
            }

            return ((double)bytes / count, psnr.Decibels);
        }
    }
}
