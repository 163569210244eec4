using System.Globalization;
using System.Runtime.InteropServices;
using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;
using SkiaSharp;

namespace Codec.Imaging.Tests;

/// <summary>What a file was said to take bounds what it takes: memory is reserved by it.</summary>
[CollectionDefinition(nameof(ImageCostTests), DisableParallelization = true)]
[Collection(nameof(ImageCostTests))]
public sealed partial class ImageCostTests
{
    private const int Width = 2001;
    private const int Height = 1903;
    private const int MapThreshold = -3;

    /// <summary>What the ends of a few large blocks fill up.</summary>
    private const long PageBytes = 64 << 10;

    private const double Pixels = (double)Width * Height;

    /// <summary>
    /// How far a measurement may be off, in bytes a pixel: 1.1 MB. Small blocks are not measured, and large ones end with a page.
    /// </summary>
    private const double Tolerance = 0.3;

    /// <summary>
    /// Kinds of files, with the bytes a pixel that are reserved and those that reading takes. Both are stated, so that neither a reserve
    /// that is too small passes, nor one that would refuse files for nothing.
    /// </summary>
    public static TheoryData<string, double, double> Kinds =>
        new()
        {
            { "png 8", 6, 4 },
            { "png 16", 6, 4 },
            { "png 8 rgb", 6, 4 },
            { "png 16 rgb", 6, 4 },
            { "png 8 grey", 6, 1 },
            { "png 16 grey", 6, 1 },
            { "png 1 grey", 6, 1 },
            { "png 8 palette", 6, 4 },
            { "interlaced png 8", 8, 8 },
            { "interlaced png 16", 12, 12 },
            { "interlaced png 8 rgb", 8, 7 },
            { "interlaced png 16 rgb", 12, 10 },
            { "interlaced png 8 grey", 8, 2 },
            { "interlaced png 16 grey", 12, 2 },
            { "jpeg", 6, 4 },
            { "jpeg grey", 6, 1 },
            { "jpeg turned", 6, 6 },
            { "progressive jpeg", 10, 10 },
            { "webp", 6, 4 },
            { "webp lossless", 9, 8 },
            { "webp transparent", 9, 5 },
        };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Measure_OfAKindOfFile_IsWhatReadingTakes(string kind, double reserved, double taken)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Asks the C library.");

        // As the server sets it: large blocks have pages of their own, which the library counts.
        _ = Set(MapThreshold, 256 << 10);
        byte[] file = Draw(kind, Width, Height);
        ImageCost cost = ImageFile.Measure(file);

        // A measurement looks now and then, and may miss the peak, but never sees more.
        double copy = file.Length / Pixels,
            measured = 0;
        for (int i = 0; i < 40 && measured - copy < taken - Tolerance; i++)
            measured = Math.Max(measured, MeasureReading(file) / Pixels);

        TestContext.Current.SendDiagnosticMessage($"{kind}: {measured:0.00} bytes a pixel; {cost.PeakBytes / Pixels:0.00} reserved");
        Assert.Equal(reserved, cost.PeakBytes / Pixels - copy, Tolerance);
        Assert.InRange(measured, taken + copy - Tolerance, (cost.PeakBytes + PageBytes) / Pixels);
    }

    [Fact]
    public void Read_AnyFile_EqualsDecode()
    {
        foreach (string kind in Kinds.Select(row => row.Data.Item1))
        {
            byte[] file = Draw(kind, 61, 47);
            using var pixels = ImageFile.Read(file);
            Assert.Equal(ImageFile.Decode(file).Samples, pixels.ToRaster().Samples);
            Assert.Equal(Resampler.Cover(pixels.ToRaster(), 9, 8).Samples, Resampler.Cover(pixels, 9, 8).Samples);
            Assert.Equal(pixels.ToRaster().WithChannels(1).Samples, ImageFile.Read(file).WithChannels(1).ToRaster().Samples);
            Assert.Equal(pixels.ToRaster().WithChannels(3).Samples, ImageFile.Read(file).WithChannels(3).ToRaster().Samples);
        }
    }

    private static ImageSize Read(byte[] file)
    {
        using PixelBuffer pixels = ImageFile.Read(file);
        return pixels.Size;
    }

    /// <summary>The most bytes of large blocks at any time of reading a file, as far as they were seen.</summary>
    private static long MeasureReading(byte[] file)
    {
        long before = Info().Mapped,
            most = before;
        Task reading = Task.Factory.StartNew(() => Read(file), TaskCreationOptions.LongRunning);
        while (!reading.IsCompleted)
            most = Math.Max(most, Info().Mapped);
        reading.GetAwaiter().GetResult();
        return most - before;
    }

    /// <summary>Makes a file of noise: memory of a plain picture may never be touched.</summary>
    private static byte[] Draw(string kind, int width, int height)
    {
        string[] words = kind.Split(' ');
        bool interlaced = words[0] == "interlaced";
        if (words[interlaced ? 1 : 0] == "png")
            return Png(width, height, byte.Parse(words[interlaced ? 2 : 1], CultureInfo.InvariantCulture), words[^1], interlaced);

        Raster picture = TestImages.Pattern(width, height, kind == "jpeg grey" ? 1 : 3);
        return kind switch
        {
            "jpeg" or "jpeg grey" => ImageFile.EncodeJpeg(picture, 30),
            "jpeg turned" => TestJpegs.With(ImageFile.EncodeJpeg(picture, 30), TestJpegs.Exif(6)),
            "progressive jpeg" => Bombs.ProgressiveJpeg(width, height),
            "webp" => Webp(picture, new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, 0)),
            "webp lossless" => Webp(picture, new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 0)),
            "webp transparent" => Webp(picture, new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, 0), alpha: 128),
            _ => throw new ArgumentException(kind),
        };
    }

    private static byte[] Png(int width, int height, byte bits, string color, bool interlaced)
    {
        (byte type, int samples) = color switch
        {
            "grey" => ((byte)0, 1),
            "rgb" => ((byte)2, 3),
            "palette" => ((byte)3, 1),
            _ => ((byte)6, 4),
        };
        // A filter's byte for each row; an interlaced file has up to 15 / 8 times as many rows, and a reader ignores what is left over.
        int row = 1 + (width * samples * bits + 7) / 8;
        byte[] rows = TestImages.Pattern(row, height + (interlaced ? height / 64 + 8 : 0), 1).Samples;
        for (int at = 0; at < rows.Length; at += interlaced ? 1 : row)
            rows[at] = interlaced ? (byte)(rows[at] & 3) : (byte)0;
        byte[] palette = color == "palette" ? TestPngs.Chunk("PLTE", TestImages.Pattern(256, 1, 3).Samples) : [];
        return
        [
            .. TestPngs.OnePixel().AsSpan(0, 8),
            .. TestPngs.Header((uint)width, (uint)height, type, bits, interlaced ? (byte)1 : (byte)0),
            .. palette,
            .. TestPngs.Pixels(rows),
            .. TestPngs.Chunk("IEND"),
        ];
    }

    private static byte[] Webp(Raster picture, SKWebpEncoderOptions options, byte alpha = 255)
    {
        using var bitmap = new SKBitmap(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        Span<byte> pixels = bitmap.GetPixelSpan();
        for (int i = 0; i < picture.Samples.Length / 3; i++)
        {
            picture.Samples.AsSpan(3 * i, 3).CopyTo(pixels[(4 * i)..]);
            pixels[4 * i + 3] = alpha;
        }

        using SKPixmap pixmap = bitmap.PeekPixels();
        using SKData? data = pixmap.Encode(options);
        return data!.ToArray();
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Set(int option, int value);

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial HeapInfo Info();

    /// <summary>What the C library has allocated; <see cref="Mapped"/> is the bytes of blocks with pages of their own.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct HeapInfo
    {
        private readonly nuint _arena,
            _freeBlocks,
            _smallBlocks,
            _mappedBlocks,
            _mapped,
            _unused,
            _smallFree,
            _used,
            _free,
            _releasable;

        public long Mapped => (long)_mapped;
    }
}
