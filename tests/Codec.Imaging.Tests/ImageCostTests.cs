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
    private const int Width = 3000;
    private const int Height = 2900;

    /// <summary>What the rest of the process may take meanwhile.</summary>
    private const long Noise = 24 << 20;

    public static TheoryData<string> Kinds =>
        new(
            "png",
            "png16",
            "interlaced",
            "interlaced16",
            "grey png",
            "jpeg",
            "progressive",
            "turned",
            "webp",
            "lossless",
            "transparent webp"
        );

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Measure_OfAKindOfFile_BoundsThePeakOfReading(string kind)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads the peak from /proc.");
        byte[] file = Draw(kind, Width, Height);
        ImageCost cost = ImageFile.Measure(file);
        Read(Draw(kind, 16, 16));

        long before = Peak(reset: true);
        ImageSize size = Read(file);
        long taken = Peak(reset: false) - before;

        TestContext.Current.SendDiagnosticMessage(
            $"{kind}: {(double)taken / size.Pixels:0.00} bytes a pixel; said {(double)cost.PeakBytes / size.Pixels:0.00}"
        );
        Assert.Equal(Width * Height, cost.Size.Pixels);
        Assert.InRange(taken, 1, cost.PeakBytes + Noise);
    }

    [Fact]
    public void Read_AnyFile_EqualsDecode()
    {
        foreach (string kind in Kinds.Select(row => row.Data))
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

    private static byte[] Draw(string kind, int width, int height)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        bitmap.Erase(new SKColor(40, 90, 160, kind.StartsWith("transparent", StringComparison.Ordinal) ? (byte)128 : (byte)255));
        return kind switch
        {
            "png" => Bombs.DeepPng(width, height, interlaced: false, bits: 8),
            "png16" => Bombs.DeepPng(width, height, interlaced: false),
            "interlaced" => Bombs.DeepPng(width, height, interlaced: true, bits: 8),
            "interlaced16" => Bombs.DeepPng(width, height, interlaced: true),
            "grey png" => ImageFile.EncodePng(new Raster(width, height, 1, new byte[width * height])),
            "jpeg" => ImageFile.EncodeJpeg(new Raster(width, height, 3, new byte[width * height * 3]), 80),
            "progressive" => Bombs.ProgressiveJpeg(width, height),
            "turned" => TestJpegs.With(
                ImageFile.EncodeJpeg(new Raster(width, height, 3, new byte[width * height * 3]), 80),
                TestJpegs.Exif(6)
            ),
            "lossless" => Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 0)),
            _ => Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, 60)),
        };

        byte[] Encode(SKWebpEncoderOptions options)
        {
            using SKPixmap pixmap = bitmap.PeekPixels();
            using SKData? data = pixmap.Encode(options);
            return data!.ToArray();
        }
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
}
