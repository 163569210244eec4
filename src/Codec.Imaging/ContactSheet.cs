using Codec.Images;

namespace Codec.Imaging;

/// <summary>Rows of small images under captions, on white: for people to look at.</summary>
/// <remarks>Small images are enlarged by a whole factor with hard edges, so that each of their pixels can be seen.</remarks>
public sealed class ContactSheet
{
    private const int Gap = 6;
    private const int DotSize = 2;
    private const int LineHeight = (PixelFont.Height + 1) * DotSize;
    private const byte White = 255;
    private const byte Ink = 40;

    private readonly int _cellSide;
    private readonly List<Row> _rows = [];

    /// <summary>An empty sheet.</summary>
    /// <param name="cellSide">Width and height of the place for an image, in pixels; larger images are made smaller to fit.</param>
    /// <exception cref="ArgumentOutOfRangeException">cellSide is outside 8..1024.</exception>
    public ContactSheet(int cellSide = 96)
    {
        if (cellSide is < 8 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(cellSide), cellSide, "The place for an image has 8 to 1,024 pixels a side.");
        _cellSide = cellSide;
    }

    /// <summary>Adds a row.</summary>
    /// <param name="caption">Stands above the row; letters outside ASCII become their likeness or a question mark.</param>
    /// <param name="images">From left to right, each of its own size; may be empty, for a line of text alone.</param>
    /// <param name="labels">One for each image, below it, cut to its width; none when null.</param>
    /// <exception cref="ArgumentException">There are labels, but not one for each image.</exception>
    public void AddRow(string caption, IReadOnlyList<Raster> images, IReadOnlyList<string>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(images);
        if (labels is not null && labels.Count != images.Count)
            throw new ArgumentException($"{images.Count} images need as many labels, not {labels.Count}.", nameof(labels));
        _rows.Add(new Row(PixelFont.Plain(caption), images, labels is null ? null : [.. labels.Select(PixelFont.Plain)]));
    }

    /// <summary>Draws the sheet.</summary>
    /// <exception cref="InvalidOperationException">It has no row.</exception>
    public Raster Draw()
    {
        if (_rows.Count == 0)
            throw new InvalidOperationException("The contact sheet has no row; add one first.");

        int width =
            Gap + _rows.Max(row => Math.Max(row.Images.Count * (_cellSide + Gap), row.Caption.Length * PixelFont.Advance * DotSize + Gap));
        int height = Gap + _rows.Sum(HeightOf);
        var sheet = new Raster(width, height, 3, new byte[checked(width * height * 3)]);
        Array.Fill(sheet.Samples, White);

        int y = Gap;
        foreach (Row row in _rows)
        {
            DrawText(sheet, row.Caption, Gap, y, width - Gap);
            for (int i = 0; i < row.Images.Count; i++)
            {
                int x = Gap + i * (_cellSide + Gap);
                DrawImage(sheet, row.Images[i].WithChannels(3), x, y + LineHeight);
                if (row.Labels is { } labels)
                    DrawText(sheet, labels[i], x, y + LineHeight + _cellSide + DotSize, x + _cellSide);
            }

            y += HeightOf(row);
        }

        return sheet;
    }

    /// <summary>Draws the sheet to a PNG file.</summary>
    /// <exception cref="InvalidOperationException">It has no row.</exception>
    public byte[] ToPng() => ImageFile.EncodePng(Draw());

    private int HeightOf(Row row) =>
        LineHeight + Gap + (row.Images.Count == 0 ? 0 : _cellSide) + (row.Labels is null ? 0 : LineHeight + DotSize);

    private void DrawImage(Raster sheet, Raster image, int left, int top)
    {
        int longest = Math.Max(image.Width, image.Height);
        if (longest > _cellSide)
        {
            image = Resampler.Resize(
                image,
                Math.Max(1, image.Width * _cellSide / longest),
                Math.Max(1, image.Height * _cellSide / longest)
            );
            longest = _cellSide;
        }

        int scale = _cellSide / longest;
        left += (_cellSide - image.Width * scale) / 2;
        top += (_cellSide - image.Height * scale) / 2;
        for (int y = 0; y < image.Height * scale; y++)
        {
            for (int x = 0; x < image.Width * scale; x++)
            {
                int from = (y / scale * image.Width + x / scale) * 3;
                image.Samples.AsSpan(from, 3).CopyTo(sheet.Samples.AsSpan(((top + y) * sheet.Width + left + x) * 3));
            }
        }
    }

    private static void DrawText(Raster sheet, string text, int left, int top, int right)
    {
        for (int i = 0, x = left; i < text.Length && x + PixelFont.LetterWidth * DotSize <= right; i++, x += PixelFont.Advance * DotSize)
        {
            for (int dot = 0; dot < PixelFont.LetterWidth * (PixelFont.Height + 1); dot++)
            {
                int column = dot % PixelFont.LetterWidth,
                    row = dot / PixelFont.LetterWidth;
                if (!PixelFont.HasDot(text[i], column, row))
                    continue;
                for (int line = 0; line < DotSize; line++)
                    sheet.Samples.AsSpan(((top + row * DotSize + line) * sheet.Width + x + column * DotSize) * 3, DotSize * 3).Fill(Ink);
            }
        }
    }

    private sealed record Row(string Caption, IReadOnlyList<Raster> Images, IReadOnlyList<string>? Labels);
}
