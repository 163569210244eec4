using Codec.Images;
using SkiaSharp;

namespace Codec.Imaging.Tests;

/// <summary>The chunks that say what a PNG file's colours are: cICP, iCCP, sRGB, gAMA and cHRM, in this order.</summary>
public sealed class PngColorTests
{
    private static readonly byte[] Plain = TestPngs.OnePixel();
    private static readonly byte[] Linear = TestPngs.Gamma(100_000);
    private static readonly byte[] Srgb = TestPngs.Chunk("sRGB", 0);
    private static readonly byte[] DisplayP3 = TestPngs.Coded(ReferenceColor.P3, ReferenceColor.SrgbCurve);
    private static readonly byte[] P3Chromaticities = TestPngs.Chromaticities(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06);

    // Codes of ITU-T H.273.
    [Theory]
    [InlineData(ReferenceColor.P3, ReferenceColor.SrgbCurve)]
    [InlineData(ReferenceColor.P3, ReferenceColor.LinearCurve)]
    [InlineData(ReferenceColor.Bt2020, ReferenceColor.SrgbCurve)]
    [InlineData(ReferenceColor.Bt2020, ReferenceColor.Gamma22Curve)]
    [InlineData(ReferenceColor.Bt709, ReferenceColor.LinearCurve)]
    [InlineData(ReferenceColor.Bt709, ReferenceColor.SrgbCurve)]
    public void Decode_CodedColors_AreConvertedInEveryKindOfPixels(byte primaries, byte curve)
    {
        byte[] coded = TestPngs.Coded(primaries, curve);
        byte[] expected = ReferenceColor.ToSrgb([64, 128, 192], primaries, curve);
        byte[] palette = TestPngs.With(TestPngs.Create(1, 1, 3, 8, [0, 0]), coded, TestPngs.Chunk("PLTE", 64, 128, 192));
        byte[] sixteen = TestPngs.Create(1, 1, 2, 16, [0, 64, 64, 128, 128, 192, 192]);
        byte[] opaque = TestPngs.Create(1, 1, 6, 8, [0, 64, 128, 192, 255]);
        foreach (byte[] png in new[] { TestPngs.With(Plain, coded), palette, TestPngs.With(sixteen, coded), TestPngs.With(opaque, coded) })
            AssertClose(expected, ImageFile.Decode(png));

        byte[] clear = TestPngs.With(TestPngs.Create(1, 1, 6, 8, [0, 64, 128, 192, 102]), coded);
        AssertClose([.. expected.Select(sample => (byte)Math.Round(0.4 * sample + 0.6 * 255))], ImageFile.Decode(clear));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Decode_CodedGrey_KeepsOneChannel(byte bits)
    {
        byte[] row = bits == 8 ? [0, 0, 64, 255] : [0, 0, 0, 64, 64, 255, 255];
        byte[] png = TestPngs.With(TestPngs.Create(3, 1, 0, bits, row), TestPngs.Coded(ReferenceColor.P3, ReferenceColor.LinearCurve));
        Raster image = ImageFile.Decode(png);
        byte middle = ReferenceColor.ToSrgb([64, 64, 64], ReferenceColor.Bt709, ReferenceColor.LinearCurve)[0];
        Assert.Equal(1, image.Channels);
        AssertClose([0, middle, 255], image);
    }

    [Fact]
    public void Decode_GreyWithAnRgbProfile_IsConverted()
    {
        byte[] grey = TestPngs.Create(1, 1, 0, 8, [0, 64]);
        byte[] profile = TestPngs.Profile(IccProfile.Write(SKColorSpace.CreateSrgbLinear(), grey: false));
        byte[] expected = [ReferenceColor.ToSrgb([64, 64, 64], ReferenceColor.Bt709, ReferenceColor.LinearCurve)[0]];
        AssertClose(expected, ImageFile.Decode(TestPngs.With(grey, profile)));
        AssertClose(expected, ImageFile.Decode(TestPngs.With(grey, profile, Srgb)));
        AssertClose([64], ImageFile.Decode(TestPngs.With(grey, profile, TestPngs.Coded(ReferenceColor.P3, ReferenceColor.SrgbCurve))));
    }

    [Fact]
    public void Decode_GreyWithADamagedProfile_IsSrgb()
    {
        byte[] grey = TestPngs.Create(1, 1, 0, 8, [0, 64]);
        byte[][] contents =
        [
            [],
            [.. "name"u8],
            [.. "name\0"u8],
            [.. "name\0\0no zlib"u8],
            [.. "name\0\0"u8, .. TestPngs.Compress(new byte[9 << 20])],
        ];
        foreach (byte[] content in contents)
            Assert.Equal([64], ImageFile.Decode(TestPngs.With(grey, TestPngs.Chunk("iCCP", content))).Samples);
    }

    [Fact]
    public void Decode_CodedColors_ComeBeforeTheOthers()
    {
        byte[] expected = ImageFile.Decode(TestPngs.With(Plain, DisplayP3)).Samples;
        byte[] profile = TestPngs.Profile(IccProfile.Write(SKColorSpace.CreateSrgbLinear(), grey: false));
        Assert.NotEqual(ImageFile.Decode(Plain).Samples, expected);
        foreach (byte[] other in new[] { profile, Srgb, Linear, P3Chromaticities, TestPngs.Coded(1, 8) })
            Assert.Equal(expected, ImageFile.Decode(TestPngs.With(Plain, DisplayP3, other)).Samples);
        foreach (byte[] other in new[] { profile, Srgb, Linear, P3Chromaticities })
            Assert.Equal(expected, ImageFile.Decode(TestPngs.With(Plain, other, DisplayP3)).Samples);
        byte[] mastering = TestPngs.Chunk("mDCV", new byte[24]);
        Assert.Equal(expected, ImageFile.Decode(TestPngs.With(Plain, mastering, DisplayP3)).Samples);
    }

    public static TheoryData<string, byte[]> UnusableCodes =>
        new()
        {
            { "narrow range", TestPngs.Coded(12, 13, fullRange: 0) },
            { "YCbCr", TestPngs.Coded(12, 13, matrix: 1) },
            { "unknown primaries", TestPngs.Coded(2, 13) },
            { "unknown curve", TestPngs.Coded(12, 2) },
            { "unassigned", TestPngs.Coded(250, 251) },
            { "too short", TestPngs.Chunk("cICP", 12, 13, 0) },
            { "too long", TestPngs.Chunk("cICP", 12, 13, 0, 1, 0) },
            { "wrong checksum", TestPngs.WithWrongChecksum(DisplayP3) },
        };

    [Theory]
    [MemberData(nameof(UnusableCodes))]
    public void Decode_UnusableCodes_LeaveTheOtherChunksInForce(string what, byte[] coded)
    {
        Assert.NotEmpty(what);
        Assert.Equal(ImageFile.Decode(Plain).Samples, ImageFile.Decode(TestPngs.With(Plain, coded)).Samples);
        Assert.Equal(ImageFile.Decode(TestPngs.With(Plain, Linear)).Samples, ImageFile.Decode(TestPngs.With(Plain, coded, Linear)).Samples);
    }

    [Fact]
    public void Decode_CodesAfterPaletteOrPixels_AreIgnored()
    {
        byte[] palette = TestPngs.Create(1, 1, 3, 8, [0, 0]);
        Assert.Equal([64, 128, 192], ImageFile.Decode(TestPngs.With(palette, TestPngs.Chunk("PLTE", 64, 128, 192), DisplayP3)).Samples);
        Assert.Equal([64, 128, 192], ImageFile.Decode(TestPngs.WithAfterPixels(Plain, DisplayP3)).Samples);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(18)]
    public void Decode_HdrByCode_IsRefusedAsSuch(byte curve)
    {
        byte[] png = TestPngs.With(Plain, TestPngs.Coded(ReferenceColor.Bt2020, curve));
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png));
        Assert.Contains("HDR", exception.Message, StringComparison.Ordinal);
        Assert.Contains("sRGB", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Decode_HdrByProfile_IsRefusedAsSuch(SKEncodedImageFormat format)
    {
        using SKColorSpace pq = SKColorSpace.CreateCicp((SKColorspacePrimariesCicp)ReferenceColor.Bt2020, (SKColorspaceTransferFnCicp)16);
        using var bitmap = new SKBitmap(new SKImageInfo(8, 8, SKColorType.Rgba8888, SKAlphaType.Opaque, pq));
        using SKData file = bitmap.Encode(format, 90);
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(file.AsSpan()));
        Assert.Contains("HDR", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(43_500)]
    [InlineData(45_455)]
    [InlineData(47_500)]
    public void Decode_GammaThatSaysNothingNew_IsSrgb(uint gamma) =>
        Assert.Equal([64, 128, 192], ImageFile.Decode(TestPngs.With(Plain, TestPngs.Gamma(gamma))).Samples);

    [Fact]
    public void Decode_ChromaticitiesWithoutAGamma_AreIgnored()
    {
        Assert.Equal([64, 128, 192], ImageFile.Decode(TestPngs.With(Plain, P3Chromaticities)).Samples);
        Assert.Equal([64, 128, 192], ImageFile.Decode(TestPngs.With(Plain, TestPngs.Gamma(0), P3Chromaticities)).Samples);
        byte[] damaged = TestPngs.WithWrongChecksum(Linear);
        Assert.Equal([64, 128, 192], ImageFile.Decode(TestPngs.With(Plain, damaged, P3Chromaticities)).Samples);
    }

    [Fact]
    public void Decode_ChromaticitiesOfNoTriangle_LeaveTheGammaAlone()
    {
        byte[] flat = TestPngs.Chromaticities(0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3);
        Assert.Equal([64, 128, 192], ImageFile.Decode(TestPngs.With(Plain, TestPngs.Gamma(45_455), flat)).Samples);
    }

    [Fact]
    public void Decode_Gamma_IsAppliedAloneAndWithChromaticities()
    {
        AssertClose(
            ReferenceColor.ToSrgb([64, 128, 192], ReferenceColor.Bt709, ReferenceColor.LinearCurve),
            ImageFile.Decode(TestPngs.With(Plain, Linear))
        );
        AssertClose(
            ReferenceColor.ToSrgb([64, 128, 192], ReferenceColor.P3, ReferenceColor.Gamma22Curve),
            ImageFile.Decode(TestPngs.With(Plain, TestPngs.Gamma(45_455), P3Chromaticities))
        );
    }

    [Fact]
    public void Decode_SrgbChunk_ComesBeforeGammaAndChromaticities() =>
        Assert.Equal([64, 128, 192], ImageFile.Decode(TestPngs.With(Plain, Srgb, Linear, P3Chromaticities)).Samples);

    [Fact]
    public void Decode_Profile_ComesBeforeSrgbAndGamma()
    {
        byte[] profile = TestPngs.Profile(IccProfile.Write(SKColorSpace.CreateSrgbLinear(), grey: false));
        byte[] expected = ReferenceColor.ToSrgb([64, 128, 192], ReferenceColor.Bt709, ReferenceColor.LinearCurve);
        AssertClose(expected, ImageFile.Decode(TestPngs.With(Plain, profile)));
        AssertClose(expected, ImageFile.Decode(TestPngs.With(Plain, profile, TestPngs.Gamma(45_455))));
        AssertClose(expected, ImageFile.Decode(TestPngs.With(Plain, profile, Srgb)));
    }

    private static void AssertClose(byte[] expected, Raster actual)
    {
        Assert.Equal(expected.Length, actual.Samples.Length);
        Assert.All(expected, (sample, i) => Assert.InRange(actual.Samples[i], sample - 1, sample + 1));
    }
}
