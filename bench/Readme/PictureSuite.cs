using System.Globalization;
using Codec.Bench.Photos;
using Codec.Bench.Report;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;
using Codec.Tests.Shared;
using Spectre.Console;

namespace Codec.Bench.Readme;

/// <summary>Makes README's picture: a part of a photograph of Kodak, from WebP and from <c>photos</c> with no more bytes.</summary>
internal sealed class PictureSuite(IAnsiConsole console, string output, string photosFile)
{
    private const int Photograph = 4;
    private const int Quality = 2;
    private const int Side = 256;
    private static readonly (int Left, int Top) Corner = (150, 190);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        using ModelCodec photos = ModelCodec.Load(photosFile);
        Raster original = (await new PhotoSets(console).KodakAsync(cancellationToken))[Photograph - 1];
        byte[] ours = photos.Encode(original, Quality);
        // The first of WebP's qualities whose file is not smaller than ours.
        byte[] webp = Enumerable
            .Range(0, 101)
            .Select(quality => Peer.Webp.Encode(original, quality))
            .First(file => file.Length >= ours.Length);
        Raster decoded = photos.Decode(ours),
            peer = Peer.Webp.Decode(webp);
        foreach ((string name, Raster image) in new[] { ("original", original), ("webp", peer), ("photos", decoded) })
        {
            await File.WriteAllBytesAsync(
                Repository.PathOf("docs", "images", $"{name}.png"),
                ImageFile.EncodePng(Crop(image)),
                cancellationToken
            );
        }

        string what = string.Create(
            CultureInfo.InvariantCulture,
            $"Kodak {Photograph}, {original.Width}×{original.Height}, quality {Quality}"
        );
        (double score, double theirs) = (Ssimulacra2.Compare(original, decoded), Ssimulacra2.Compare(original, peer));
        Figure[] figures =
        [
            new("picture.bytes", ours.Length, "bytes", what, (double)ours.Length / webp.Length),
            new("picture.webp_bytes", webp.Length, "bytes", what, (double)webp.Length / ours.Length),
            new("picture.ssimu2", score, "SSIMULACRA2", "the whole photograph", score / theirs),
            new("picture.webp_ssimu2", theirs, "SSIMULACRA2", "the whole photograph", theirs / score),
        ];
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "picture.json"), cancellationToken);
    }

    private static Raster Crop(Raster image)
    {
        byte[] samples = new byte[Side * Side * image.Channels];
        int row = Side * image.Channels;
        for (int y = 0; y < Side; y++)
        {
            int start = ((Corner.Top + y) * image.Width + Corner.Left) * image.Channels;
            image.Samples.AsSpan(start, row).CopyTo(samples.AsSpan(y * row));
        }

        return new Raster(Side, Side, image.Channels, samples);
    }
}
