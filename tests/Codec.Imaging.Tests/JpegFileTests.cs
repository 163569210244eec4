using Codec.Images;

namespace Codec.Imaging.Tests;

public sealed class JpegFileTests
{
    private static readonly byte[] Baseline = ImageFile.EncodeJpeg(TestImages.Gradient(24, 24), 80);

    [Fact]
    public void Decode_Progressive_IsThePicture()
    {
        Raster image = ImageFile.Decode(TestJpegs.Progressive());
        Assert.Equal((24, 24, 3), (image.Width, image.Height, image.Channels));
    }

    [Fact]
    public void Decode_CutShortAnywhere_Throws()
    {
        foreach (byte[] jpeg in new[] { TestJpegs.Progressive(), Baseline })
        {
            for (int length = 0; length < jpeg.Length; length++)
                Assert.Throws<InvalidImageException>(() => ImageFile.Decode(jpeg.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Decode_ProgressiveCutAfterAScan_NamesTheMissingEnd()
    {
        byte[] jpeg = TestJpegs.Progressive();
        int[] scans = TestJpegs.Find(jpeg, 0xDA);
        Assert.Equal(10, scans.Length);
        foreach (int scan in scans[1..])
        {
            var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(jpeg.AsSpan(0, scan)));
            Assert.Contains("end-of-image", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(3, 12, "12 bits")]
    [InlineData(3, 16, "16 bits")]
    [InlineData(0, 0xC3, "lossless")]
    [InlineData(0, 0xC5, "hierarchical")]
    [InlineData(0, 0xCB, "lossless")]
    [InlineData(0, 0xF7, "JPEG-LS")]
    [InlineData(8, 2, "2 components")]
    public void Decode_UnsupportedKind_IsNamed(int frameByte, byte value, string expected)
    {
        byte[] jpeg = TestJpegs.WithFrameByte(Baseline, frameByte, value);
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(jpeg));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_HeightAfterThePixels_IsNamed()
    {
        byte[] jpeg = TestJpegs.WithFrameByte(TestJpegs.WithFrameByte(Baseline, 4, 0), 5, 0);
        byte[] height = TestJpegs.Segment(0xDC, 0, 24);
        jpeg = [.. jpeg.AsSpan(0, jpeg.Length - 2), .. height, 0xFF, 0xD9];
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(jpeg));
        Assert.Contains("DNL", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_SegmentsOfApplications_AreLeftOut()
    {
        byte[][] unused =
        [
            TestJpegs.Segment(0xFE, [.. "comment"u8]),
            TestJpegs.Segment(0xE1),
            TestJpegs.Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0<x/>"u8]),
            TestJpegs.Segment(0xE2, [.. "MPF\0"u8]),
            TestJpegs.Segment(0xED, new byte[60_000]),
        ];
        byte[] many = TestJpegs.With(Baseline, [.. Enumerable.Repeat(unused, 20).SelectMany(segments => segments)]);
        Assert.Equal(Baseline, Prepared(many));
        Assert.Equal(Baseline, Prepared([.. Baseline, .. many]));
        Assert.Equal(ImageFile.Decode(Baseline).Samples, ImageFile.Decode(many).Samples);
    }

    [Fact]
    public void Prepare_SegmentsThatCount_AreKept()
    {
        byte[] profile = TestJpegs.Segment(0xE2, [.. "ICC_PROFILE\0"u8, 1, 1, 0]);
        byte[] adobe = TestJpegs.Segment(0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 1]);
        byte[] jpeg = TestJpegs.With(Baseline, TestJpegs.Exif(3), adobe, profile);
        Assert.Equal(jpeg, Prepared(jpeg));
        // The first orientation counts; the decoder would store all of them.
        Assert.Equal(jpeg, Prepared([.. jpeg.AsSpan(0, 2), .. TestJpegs.Exif(3), .. TestJpegs.Exif(6), .. jpeg.AsSpan(2 + 4 + 32)]));
    }

    [Fact]
    public void Decode_FillBytesBeforeMarkers_AreSkipped()
    {
        byte[] filled = [0xFF, 0xD8, 0xFF, 0xFF, 0xFF, .. Baseline.AsSpan(2, Baseline.Length - 4), 0xFF, 0xFF, 0xFF, 0xD9];
        Assert.Equal(ImageFile.Decode(Baseline).Samples, ImageFile.Decode(filled).Samples);
    }

    private static byte[] Prepared(ReadOnlySpan<byte> jpeg)
    {
        PreparedFile prepared = JpegFile.Prepare(jpeg);
        using (prepared.Data)
            return prepared.Data.ToArray();
    }
}
