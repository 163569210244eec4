using System.Net;
using System.Text;
using Codec.Imaging;
using Codec.Tool.Output;

namespace Codec.Tool.Comparing;

/// <summary>A page without external parts that shows images beside what formats make of them. The pixels are embedded as PNG.</summary>
internal static class ComparisonPage
{
    private const string Head = """
        <!doctype html>
        <meta charset="utf-8">
        <title>codec compare</title>
        <style>
        body { font: 15px system-ui, sans-serif; margin: 2em; color: #222; background: #fff }
        figure { display: inline-block; margin: 0 1em 1.5em 0; vertical-align: top }
        figure img { display: block; max-width: 512px }
        figcaption { margin-top: .3em }
        </style>

        """;

    /// <summary>Renders the page as UTF-8.</summary>
    public static byte[] Render(IReadOnlyList<ComparedImage> images)
    {
        var page = new StringBuilder(Head);
        foreach (ComparedImage image in images)
        {
            page.Append($"<h2>{WebUtility.HtmlEncode(image.File)}, {image.Image.Size}</h2>\n");
            page.Append("<p>Each format at the bytes nearest to ours.</p>\n");
            foreach (ComparedPicture picture in image.Pictures)
            {
                string figures = picture is { Bytes: { } bytes, Score: { } score }
                    ? $": {Texts.Number(bytes)} bytes, SSIMULACRA2 {Texts.Decimal(score)}"
                    : "";
                string name = WebUtility.HtmlEncode(picture.Name);
                page.Append($"<figure><img alt=\"{name}\" src=\"data:image/png;base64,");
                page.Append(Convert.ToBase64String(ImageFile.EncodePng(picture.Decoded)));
                page.Append($"\"><figcaption>{name}{figures}</figcaption></figure>\n");
            }
        }

        return Encoding.UTF8.GetBytes(page.ToString());
    }
}
