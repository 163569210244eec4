using Codec.Images;

namespace Codec.Imaging.Tests;

/// <summary>Which parts of a PNG file the decoder gets. Its time for a long chunk is not linear.</summary>
public sealed class PngFileTests
{
    private const int Long = 1 << 20;

    private static readonly byte[] Plain = TestPngs.OnePixel();

    [Theory]
    [InlineData("tEXt")]
    [InlineData("zTXt")]
    [InlineData("sBIT")]
    [InlineData("tRNS")]
    [InlineData("gAMA")]
    [InlineData("cHRM")]
    [InlineData("sRGB")]
    [InlineData("cICP")]
    [InlineData("eXIf")]
    [InlineData("prVt")]
    public void Prepare_LongUnusedChunk_IsLeftOut(string type)
    {
        byte[] chunk = TestPngs.Chunk(type, new byte[Long]);
        byte[] png = TestPngs.With(Plain, chunk);
        Assert.Equal(Plain, Prepared(png));
        Assert.Equal(Plain, Prepared(TestPngs.WithAfterPixels(Plain, chunk)));
        Assert.Equal([64, 128, 192], ImageFile.Decode(png).Samples);
        // Cut short within the chunk: of 19 MiB, the decoder took 40 s.
        Assert.Throws<InvalidImageException>(() => Prepared(png.AsSpan(0, Long)));
    }

    /// <summary>The last chunk has 12 bytes; before it are the last bytes of the pixels.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Decode_WithoutItsEnd_IsCutShort(int missing)
    {
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(Plain.AsSpan(0, Plain.Length - missing)));
        Assert.Contains("cut short", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_ProfileOfMoreThanEightMegabytes_IsLeftOut()
    {
        byte[] profile = new byte[8_000_001];
        Assert.Equal(Plain, Prepared(TestPngs.With(Plain, TestPngs.Chunk("iCCP", profile))));
        Assert.InRange(Prepared(TestPngs.With(Plain, TestPngs.Chunk("iCCP", profile[1..]))).Length, profile.Length, int.MaxValue);
    }

    [Theory]
    [InlineData("PLTE", "PLTE")]
    [InlineData("IEND", "IEND")]
    [InlineData("IHDR", "49484452")]
    [InlineData("ABCD", "41424344")]
    public void Decode_LongCriticalChunk_IsRefusedByName(string type, string name)
    {
        byte[] png = TestPngs.With(Plain, TestPngs.Chunk(type, new byte[Long]));
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png));
        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_ManySmallUnusedChunks_AreLeftOut()
    {
        byte[] text = TestPngs.Chunk("tEXt", [.. "Comment\0text"u8]);
        Assert.Equal(Plain, Prepared(TestPngs.With(Plain, [.. Enumerable.Repeat(text, 100_000)])));
        Assert.Equal(Plain, Prepared([.. Plain, .. text]));
    }

    [Fact]
    public void Prepare_UsedChunks_AreKept()
    {
        byte[] transparency = TestPngs.Chunk("tRNS", 0, 1, 0, 2, 0, 3);
        byte[] gamma = TestPngs.Gamma(100_000);
        byte[] profile = TestPngs.Profile(new byte[1000]);
        foreach (byte[] png in new[] { TestPngs.With(Plain, profile), TestPngs.With(Plain, gamma, transparency) })
            Assert.Equal(png, Prepared(png));
        Assert.Equal(Plain, Prepared(TestPngs.With(Plain, TestPngs.WithWrongChecksum(gamma))));
    }

    [Theory]
    [InlineData(1, 8, "colour type 1")]
    [InlineData(5, 8, "colour type 5")]
    [InlineData(9, 8, "colour type 9")]
    [InlineData(2, 4, "4 bits for colour type 2")]
    [InlineData(3, 16, "16 bits for colour type 3")]
    [InlineData(0, 3, "3 bits for colour type 0")]
    [InlineData(6, 32, "32 bits for colour type 6")]
    public void Decode_ImpossibleKindOfPixels_IsNamed(byte colorType, byte bits, string expected)
    {
        byte[] png = TestPngs.Create(1, 1, colorType, bits, [0, 1, 2, 3, 4]);
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_UnknownMethod_IsNamed()
    {
        byte[] png = [.. Plain.AsSpan(0, 8), .. TestPngs.Header(1, 1, 2, 8, interlacing: 2), .. Plain.AsSpan(33)];
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png));
        Assert.Contains("interlacing method 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_HeaderWithAWrongChecksum_IsDamaged()
    {
        byte[] png = [.. Plain];
        png[8 + 8 + 9] = 9;
        var exception = Assert.Throws<InvalidImageException>(() => ImageFile.Decode(png));
        Assert.Contains("damaged", exception.Message, StringComparison.Ordinal);
    }

    private static byte[] Prepared(ReadOnlySpan<byte> png)
    {
        PreparedFile prepared = PngFile.Prepare(png);
        using (prepared.Data)
            return prepared.Data.ToArray();
    }
}
