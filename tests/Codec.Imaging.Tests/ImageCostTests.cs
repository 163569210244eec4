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
    private const double Pixels = (double)Width * Height;

    /// <summary>
    /// How far a measurement may be off, in bytes a pixel: 1.1 MB. Pages and the rest of the process add something to each.
    /// </summary>
    private const double Tolerance = 0.3;

    /// <summary>
    /// Kinds of files, with the bytes a pixel that are reserved and those that reading takes. Both are stated, so that neither a reserve that
    /// is too small passes, nor one that would refuse files for nothing.
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
            { "webp", 9, 4 },
            { "webp lossless", 9, 8 },
            { "webp transparent", 9, 5 },
        };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Measure_OfAKindOfFile_IsWhatReadingTakes(string kind, double reserved, double taken)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads the peak from /proc.");

        // As the server sets it: large blocks return to the system when they are freed, and the next file cannot use them again.
        _ = Set(MapThreshold, 256 << 10);
        byte[] file = Draw(kind, Width, Height);
        ImageCost cost = ImageFile.Measure(file);
        Read(Draw(kind, 16, 16));

        // Whatever else the process does adds to a measurement: the smallest of a few is the file's.
        double copy = file.Length / Pixels,
            measured = double.MaxValue;
        for (int i = 0; i < 5 && measured - copy > taken + Tolerance; i++)
            measured = Math.Min(measured, MeasureReading(file) / Pixels);

        TestContext.Current.SendDiagnosticMessage($"{kind}: {measured:0.00} bytes a pixel; {cost.PeakBytes / Pixels:0.00} reserved");
        Assert.Equal(reserved, cost.PeakBytes / Pixels - copy, Tolerance);
        Assert.Equal(taken, measured - copy, Tolerance);
        Assert.True(measured <= cost.PeakBytes / Pixels + Tolerance, "More is taken than was reserved.");
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

    private static double MeasureReading(byte[] file)
    {
        long before = Peak(reset: true);
        Read(file);
        return Peak(reset: false) - before;
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

    /// <summary>The process's peak of resident memory; a reset makes it what the process has now.</summary>
    private static long Peak(bool reset)
    {
        if (reset)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _ = Trim(0);
            File.WriteAllText("/proc/self/clear_refs", "5");
        }

        string line = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>Returns what earlier files left free, which reading would use instead of new memory.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint padding);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Set(int option, int value);
}
