using Codec.Bench.Report;
using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;

namespace Codec.Bench.Pictures;

/// <summary>The page of <see cref="PictureDemo"/>: the pictures' bytes, originals and reconstructions.</summary>
internal static class PictureReport
{
    private const int PartSide = 360;

    public static string Render(
        IReadOnlyList<LabeledImage> pictures,
        IReadOnlyList<byte[]> codes,
        IReadOnlyList<Raster> restored,
        DemoTable table,
        IEnumerable<string> notes
    )
    {
        var page = new ReportPage(
            "Your pictures",
            ".sheet{display:grid;grid-template-columns:repeat(3,1fr);gap:6px} .sheet img{display:block;max-width:100%} .sheet div{font-size:.8rem;color:#555}"
        );
        page.Html(
                $"<p>{pictures.Count} pictures, encoded by a server, streamed through a channel and decoded by the client.</p><h2>What it takes</h2>"
            )
            .Table(table);
        foreach (string note in notes)
            page.Note(note);
        page.Html($"<h2>Original, restored, and WebP of the same PSNR</h2><p><small>The middle of each picture, not scaled.</small></p>");
        for (int i = 0; i < pictures.Count; i++)
        {
            Raster original = pictures[i].Image;
            byte[] webp = Peer.Webp.Encode(original, table.Webp.Quality);
            page.Html($"<p>{ReportPage.Escape(pictures[i].Id)}, {original.Width}×{original.Height}</p><div class=\"sheet\">");
            Cell(original, $"original");
            Cell(restored[i], $"ours: {codes[i].Length:N0} bytes");
            Cell(Peer.Webp.Decode(webp), $"WebP: {webp.Length:N0} bytes");
            page.Html($"</div>");
        }

        return page.End();

        void Cell(Raster image, FormattableString label) =>
            page.Html($"<div><img alt=\"\" src=\"{ReportPage.Address(Middle(image))}\">").Html(label).Html($"</div>");
    }

    private static Raster Middle(Raster image)
    {
        int width = Math.Min(PartSide, image.Width),
            height = Math.Min(PartSide, image.Height);
        return image.Crop((image.Width - width) / 2, (image.Height - height) / 2, width, height);
    }
}
