using Codec.Images;

namespace Codec.Imaging.Tests;

/// <summary>Orientation in formats where SkiaSharp does not find it, or not always.</summary>
public sealed class ExifOrientationTests
{
    private static readonly Raster Picture = TestImages.Gradient(32, 16);
    private static readonly byte[] Png = ImageFile.EncodePng(Picture);
    private static readonly byte[] Webp = ImageFile.EncodeWebp(Picture, 95);

    public static TheoryData<string, byte, bool> Orientations =>
        new MatrixTheoryData<string, byte, bool>(["png", "webp"], [1, 2, 3, 4, 5, 6, 7, 8], [false, true]);

    [Theory]
    [MemberData(nameof(Orientations))]
    public void Decode_EveryOrientation_IsAsOfAJpeg(string format, byte orientation, bool prefixed)
    {
        byte[] exif = [.. prefixed ? "Exif\0\0"u8 : [], .. TestImages.Exif(orientation)];
        byte[] plain = format == "png" ? Png : Webp;
        byte[] file = format == "png" ? TestPngs.With(Png, TestPngs.Chunk("eXIf", exif)) : TestWebps.WithExif(Webp, exif);

        Raster upright = ImageFile.Decode(file);

        using PixelBuffer expected = Orientation.Upright(ImageFile.Read(plain), (SkiaSharp.SKEncodedOrigin)orientation);
        Assert.Equal(expected.Size, upright.Size);
        Assert.Equal(expected.GetSpan().ToArray(), upright.Samples);
    }

    [Fact]
    public void Decode_ExifAfterThePixels_TurnsThePng() =>
        Assert.Equal(16, ImageFile.Decode(TestPngs.WithAfterPixels(Png, Turned())).Width);

    [Fact]
    public void Decode_ExifAfterTheEndOfAPng_IsIgnored() => Assert.Equal(32, ImageFile.Decode([.. Png, .. Turned()]).Width);

    [Fact]
    public void Decode_ExifWithAWrongChecksum_IsIgnored() =>
        Assert.Equal(32, ImageFile.Decode(TestPngs.With(Png, TestPngs.WithWrongChecksum(Turned()))).Width);

    [Fact]
    public void Decode_WebpWithoutTheExifFlag_IsNotTurned() =>
        Assert.Equal(32, ImageFile.Decode(TestWebps.WithExif(Webp, TestImages.Exif(6), flagged: false)).Width);

    [Fact]
    public void Decode_JpegWithOtherSegmentsBeforeExif_IsTurned()
    {
        byte[] xmp = TestJpegs.Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0<x/>"u8]);
        byte[] jpeg = ImageFile.EncodeJpeg(Picture, 95);
        Assert.Equal(16, ImageFile.Decode(TestJpegs.With(jpeg, xmp, TestJpegs.Segment(0xE2, 1), TestJpegs.Exif(6), xmp)).Width);
    }

    [Fact]
    public void Decode_DamagedExifOfAPng_LeavesThePictureUnchanged()
    {
        const int EntryEnd = 8 + 2 + 12;
        byte[] exif = TestImages.Exif(6);
        int turned = 0;
        for (int at = 0; at < exif.Length; at++)
        {
            foreach (byte value in new byte[] { 0, 0x7F, 0xFF })
            {
                byte[] damaged = [.. exif];
                damaged[at] = value;
                if (ImageFile.Decode(TestPngs.With(Png, TestPngs.Chunk("eXIf", damaged))).Width == 16)
                    turned++;
            }

            if (at < EntryEnd)
                Assert.Equal(32, ImageFile.Decode(TestPngs.With(Png, TestPngs.Chunk("eXIf", exif[..at]))).Width);
        }

        // Damage to the entry's count or to the bytes after its value does not matter; all other damage does.
        Assert.InRange(turned, 1, exif.Length * 2);
    }

    private static byte[] Turned() => TestPngs.Chunk("eXIf", TestImages.Exif(6));
}
