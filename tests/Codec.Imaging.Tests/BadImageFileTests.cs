using System.Text;
using Codec.Images;

namespace Codec.Imaging.Tests;

public sealed class BadImageFileTests
{
    public static TheoryData<string> Formats => ["png", "jpeg", "webp"];

    [Theory]
    [InlineData("")]
    [InlineData("GIF89a\u0001\0\u0001\0")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>")]
    [InlineData("RIFF\u0004\0\0\0WAVE")]
    public void Decode_NotAnImage_NamesTheSupportedFormats(string text)
    {
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(Encoding.Latin1.GetBytes(text)));
        Assert.Contains("JPEG, PNG or WebP", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 500_000_000)]
    [InlineData(500_000_000, 1)]
    [InlineData(60_000, 60_000)]
    [InlineData(0, 10)]
    [InlineData(10, 0)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public void Decode_ImpossibleSizeDeclared_ThrowsWithoutAllocating(uint width, uint height)
    {
        byte[] png = TestPngs.Create(width, height, colorType: 2, scanlines: new byte[64]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Decode_SideOverTheLimit_NamesSizeAndLimit()
    {
        byte[] png = TestPngs.Create(60_000, 60_000, colorType: 2, scanlines: new byte[64]);
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png));
        Assert.Contains("60,000×60,000", exception.Message, StringComparison.Ordinal);
        Assert.Contains("16,384", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_AreaOverTheLimit_NamesSizeAndLimit()
    {
        byte[] png = TestPngs.Create(16_000, 16_000, colorType: 2, scanlines: new byte[64]);
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png));
        Assert.Contains("16,000×16,000", exception.Message, StringComparison.Ordinal);
        Assert.Contains("50,000,000", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpeg")]
    public void Decode_TimeIsOver_NamesTheLimit(string format)
    {
        byte[] file = File(format, TestImages.Pattern(512, 512, 3));
        var limits = new ImageLimits { MaxTime = TimeSpan.FromSeconds(8) };
        Assert.Equal(512, ImageFile.Decode(file, limits, new SteppingTime(TimeSpan.Zero)).Width);

        var exception = Assert.Throws<InvalidImageException>(() =>
            ImageFile.Decode(file, limits, new SteppingTime(TimeSpan.FromSeconds(1)))
        );
        Assert.Contains("within 8 s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_AtTheCallersLimits_Succeeds()
    {
        byte[] png = ImageFile.EncodePng(TestImages.Pattern(20, 10, 3));
        var limits = new ImageLimits
        {
            MaxFileBytes = png.Length,
            MaxSide = 20,
            MaxPixels = 200,
        };
        Assert.Equal(20, ImageFile.Decode(png, limits).Width);
        Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png, limits with { MaxFileBytes = png.Length - 1 }));
        Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png, limits with { MaxSide = 19 }));
        Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png, limits with { MaxPixels = 199 }));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Measure_AFilesHeader_ReturnsItsSizeWithinTheLimits(string format)
    {
        byte[] file = File(format);
        Raster image = ImageFile.Decode(file);
        Assert.Equal(image.Size, ImageFile.Measure(file).Size);
        Assert.Throws<InvalidImageException>(() => ImageFile.Measure(file, new ImageLimits { MaxPixels = image.Width * image.Height - 1 }));
        Assert.Throws<InvalidImageException>(() => ImageFile.Measure(file.AsSpan(0, 10)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Decode_CutShortAnywhereBeforeItsPixelsEnd_Throws(string format)
    {
        byte[] file = File(format);
        for (int percent = 0; percent <= 90; percent++)
            Assert.Throws<InvalidImageException>(() => ImageFile.Decode(file.AsSpan(0, file.Length * percent / 100)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Decode_BytesDamaged_ThrowsOnlyTheDocumentedException(string format)
    {
        byte[] file = File(format);
        var random = new Random(7);
        int refused = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] damaged = [.. file];
            for (int hit = random.Next(1, 6); hit > 0; hit--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                Raster image = ImageFile.Decode(damaged, new ImageLimits { MaxPixels = 1 << 20 });
                Assert.Equal(image.Width * image.Height * image.Channels, image.Samples.Length);
            }
            catch (InvalidImageException)
            {
                refused++;
            }
        }

        Assert.NotEqual(0, refused);
    }

    private static byte[] File(string format, Raster? picture = null)
    {
        Raster image = picture ?? TestImages.Pattern(48, 40, 3);
        return format switch
        {
            "png" => ImageFile.EncodePng(image),
            "jpeg" => ImageFile.EncodeJpeg(image, 80),
            _ => ImageFile.EncodeWebp(image, 80),
        };
    }

    /// <summary>A clock that advances whenever it is read.</summary>
    private sealed class SteppingTime(TimeSpan step) : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += step.Ticks;
    }
}
