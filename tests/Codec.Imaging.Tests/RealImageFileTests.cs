using Codec.Images;
using Codec.Tests.Shared;

namespace Codec.Imaging.Tests;

/// <summary>Files that were read wrongly, and what Chrome shows. All have the pixels of one picture of 160×96.</summary>
public sealed class RealImageFileTests
{
    [Theory]
    [InlineData("gama0.png")]
    [InlineData("gama45455_rgb.png")]
    [InlineData("chrmonly_rgb.png")]
    [InlineData("exifx_afteriend.png")]
    [InlineData("exifx_badcrc.png")]
    public void Decode_SamplesThatAreSrgb_AreUnchanged(string name) => Assert.Equal(Stored().Samples, Decode(name).Samples);

    [Theory]
    [InlineData("cicp_p3_rgb.png")]
    [InlineData("cicp_over_iccp.png")]
    public void Decode_DisplayP3_IsConverted(string name)
    {
        byte[] stored = Stored().Samples,
            actual = Decode(name).Samples;
        for (int i = 0; i < stored.Length; i += 3)
        {
            byte[] expected = ReferenceColor.ToSrgb(stored[i..(i + 3)], ReferenceColor.P3, ReferenceColor.SrgbCurve);
            for (int c = 0; c < 3; c++)
                Assert.InRange(actual[i + c], expected[c] - 1, expected[c] + 1);
        }
    }

    [Theory]
    [InlineData("cicp_pq_rgb.png")]
    [InlineData("cicp_hlg_rgb.png")]
    public void Decode_Hdr_IsRefused(string name)
    {
        var exception = Assert.Throws<InvalidImageException>(() => Decode(name));
        Assert.Contains("HDR", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_WebpWithPrefixedExif_IsTurned()
    {
        Raster image = Decode("exifx_prefix.webp");
        Assert.Equal((96, 160), (image.Width, image.Height));
    }

    // The pixels without any chunk that gives them a meaning.
    private static Raster Stored()
    {
        byte[] file = Read("gama0.png");
        return ImageFile.Decode([.. file.AsSpan(0, 33), .. file.AsSpan(33 + 16)]);
    }

    private static Raster Decode(string name) => ImageFile.Decode(Read(name));

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(RealData.Require("cases/images"), name));
}
