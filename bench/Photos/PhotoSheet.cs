using System.Globalization;
using Codec.Bench.Report;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;

namespace Codec.Bench.Photos;

/// <summary>
/// Writes a page for visual comparison: unscaled crops of photographs, decoded from our codec, and from WebP, AVIF and JPEG XL with no more
/// bytes.
/// </summary>
internal static class PhotoSheet
{
    private const int PartWidth = 384,
        PartHeight = 288;

    private static readonly double[] BitsPerPixel = [0.1, 0.2, 0.35, 0.5];

    // Skin, foliage, thin lines, water, sky along an edge, saturated colours.
    private static readonly int[] Chosen = [3, 4, 8, 12, 19, 22];

    private static readonly IImageCodec[] Peers = CommandLinePeer.Jxl.IsAvailable
        ? [Peer.Webp, Peer.AvifIq, CommandLinePeer.Jxl]
        : [Peer.Webp, Peer.AvifIq];

    public static string Render(ModelCodec ours, IReadOnlyList<Raster> photographs)
    {
        var page = new ReportPage(
            "Photographs",
            $$"""
            body{max-width:none;margin:2rem} .sheet{display:grid;grid-template-columns:repeat({{2
                + Peers.Length}},{{PartWidth}}px);gap:10px}
            .sheet img{display:block} .sheet div{font-size:.8rem;color:#555}
            """
        );
        page.Html(
            $"<p>The middle of each photograph, not scaled. The others have the highest quality that takes no more bytes than ours for the whole photograph, or else their lowest quality.</p>"
        );
        foreach (int index in Chosen.Where(index => index < photographs.Count))
            Append(page, ours, photographs[index], index + 1);
        return page.End();
    }

    private static void Append(ReportPage page, ModelCodec ours, Raster photograph, int number)
    {
        page.Html($"<h2>Kodak {number}</h2><div class=\"sheet\">");
        double pixels = (double)photograph.Width * photograph.Height;
        byte[][] files = [.. ours.Qualities.AsParallel().AsOrdered().Select(quality => ours.Encode(photograph, quality))];
        foreach (double target in BitsPerPixel)
        {
            byte[] file = files.MinBy(file => Math.Abs(Math.Log(8 * file.Length / pixels / target)))!;
            Cell("original", photograph, null);
            Cell(ours.Name, ours.Decode(file), file.Length);
            foreach (IImageCodec peer in Peers)
            {
                byte[] theirs = Within(peer, photograph, file.Length);
                Cell(peer.Name, peer.Decode(theirs), theirs.Length);
            }
        }

        page.Html($"</div>");

        void Cell(string name, Raster image, int? bytes)
        {
            Raster part = image.Crop((image.Width - PartWidth) / 2, (image.Height - PartHeight) / 2, PartWidth, PartHeight);
            var psnr = new Psnr();
            psnr.Add(photograph.Samples, image.Samples);
            string label = bytes is { } length
                ? Text($"{name}: {length:N0} bytes, {8 * length / pixels:0.000} bits a pixel, {psnr.Decibels:0.0} dB")
                : name;
            page.Html($"<div><img alt=\"{name}\" src=\"{ReportPage.Address(part)}\">{label}</div>");
        }
    }

    /// <summary>Finds the file of the highest quality that takes no more bytes, or the file of the lowest quality if none does.</summary>
    private static byte[] Within(IImageCodec peer, Raster photograph, int bytes)
    {
        int low = peer.Qualities[0],
            high = peer.Qualities[^1];
        byte[] best = peer.Encode(photograph, low);
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            byte[] file = peer.Encode(photograph, middle);
            if (file.Length <= bytes)
                (low, best) = (middle, file);
            else
                high = middle - 1;
        }

        return best;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
