using Codec.Images;
using Codec.Imaging;
using SkiaSharp;

namespace Codec.Trainer.Report;

/// <summary>Draws rows of small images under captions on white, for people to look at.</summary>
/// <remarks>Small images are enlarged by a whole factor with hard edges, so that each of their pixels is visible.</remarks>
internal sealed class ContactSheet
{
    private const int Gap = 6;
    private const int TextSize = 13;
    private const int LineHeight = 16;
    private const byte White = 255;
    private const byte Ink = 40;

    private readonly int _cellSide;
    private readonly List<Row> _rows = [];

    /// <summary>Creates an empty sheet.</summary>
    /// <param name="cellSide">Width and height of an image's cell, in pixels; larger images are shrunk to fit.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="cellSide"/> is outside 8..1024.</exception>
    public ContactSheet(int cellSide = 96)
    {
        if (cellSide is < 8 or > 1024)
            throw new ArgumentOutOfRangeException(nameof(cellSide), cellSide, "An image's cell has 8 to 1,024 pixels a side.");
        _cellSide = cellSide;
    }

    /// <summary>Adds a row.</summary>
    /// <param name="caption">The text above the row; the sheet is as wide as the longest caption needs.</param>
    /// <param name="images">The images from left to right, each of its own size; may be empty, for a line of text alone.</param>
    /// <param name="labels">One for each image, below it, cut to its cell's width; none when null.</param>
    /// <exception cref="ArgumentException">There are labels, but not one for each image.</exception>
    public void AddRow(string caption, IReadOnlyList<Raster> images, IReadOnlyList<string>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(images);
        if (labels is not null && labels.Count != images.Count)
            throw new ArgumentException($"{images.Count} images need {images.Count} labels, not {labels.Count}.", nameof(labels));
        _rows.Add(new Row(caption, images, labels));
    }

    /// <summary>Draws the sheet.</summary>
    /// <exception cref="InvalidOperationException">The sheet has no row.</exception>
    public Raster Draw()
    {
        if (_rows.Count == 0)
            throw new InvalidOperationException("The contact sheet has no row; add one first.");

        using var font = new SKFont(BundledFont.Typeface, TextSize);
        int width =
            Gap + _rows.Max(row => Math.Max(row.Images.Count * (_cellSide + Gap), (int)Math.Ceiling(font.MeasureText(row.Caption)) + Gap));
        int height = Gap + _rows.Sum(HeightOf);
        var sheet = new Raster(width, height, 3, new byte[checked(width * height * 3)]);
        Array.Fill(sheet.Samples, White);

        // The part of each pixel that text covers; it is inked after all text is drawn.
        using var coverage = new SKBitmap(new SKImageInfo(width, height, SKColorType.Alpha8));
        using var text = new SKCanvas(coverage);

        int y = Gap;
        foreach (Row row in _rows)
        {
            DrawText(text, font, row.Caption, Gap, y, width - Gap);
            for (int i = 0; i < row.Images.Count; i++)
            {
                int x = Gap + i * (_cellSide + Gap);
                DrawImage(sheet, row.Images[i].WithChannels(3), x, y + LineHeight);
                if (row.Labels is { } labels)
                    DrawText(text, font, labels[i], x, y + LineHeight + _cellSide, x + _cellSide);
            }

            y += HeightOf(row);
        }

        ApplyInk(sheet, coverage.GetPixelSpan(), coverage.RowBytes);
        return sheet;
    }

    /// <summary>Draws the sheet to a PNG file.</summary>
    /// <exception cref="InvalidOperationException">The sheet has no row.</exception>
    public byte[] ToPng() => ImageFile.EncodePng(Draw());

    private int HeightOf(Row row) => LineHeight + Gap + (row.Images.Count == 0 ? 0 : _cellSide) + (row.Labels is null ? 0 : LineHeight);

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

    private static void DrawText(SKCanvas canvas, SKFont font, string text, int left, int top, int right)
    {
        using var paint = new SKPaint { IsAntialias = true };
        canvas.Save();
        canvas.ClipRect(new SKRect(left, top, right, top + LineHeight));
        canvas.DrawText(text, left, top + TextSize, SKTextAlign.Left, font, paint);
        canvas.Restore();
    }

    private static void ApplyInk(Raster sheet, ReadOnlySpan<byte> coverage, int rowBytes)
    {
        for (int i = 0; i < sheet.Samples.Length; i++)
        {
            int pixel = i / 3;
            int covered = coverage[pixel / sheet.Width * rowBytes + pixel % sheet.Width];
            sheet.Samples[i] -= (byte)((sheet.Samples[i] - Ink) * covered / 255);
        }
    }

    private sealed record Row(string Caption, IReadOnlyList<Raster> Images, IReadOnlyList<string>? Labels);
}
