using System.Security.Cryptography;
using Codec.Images;

namespace Codec.Imaging.Tests;

/// <summary>The expected values are Pillow 9.4's: <c>Image.fromarray(pattern).resize((w, h), Image.BILINEAR)</c>.</summary>
public sealed class ResamplerTests
{
    [Theory]
    [InlineData(5, 4, 1, 2, 2, new byte[] { 89, 68, 125, 93 })]
    [InlineData(8, 1, 1, 3, 1, new byte[] { 10, 59, 150 })]
    [InlineData(
        3,
        2,
        1,
        7,
        5,
        new byte[]
        {
            0,
            1,
            3,
            6,
            12,
            17,
            19,
            4,
            5,
            8,
            12,
            19,
            25,
            28,
            21,
            23,
            31,
            38,
            49,
            60,
            63,
            37,
            41,
            53,
            64,
            79,
            94,
            98,
            41,
            45,
            58,
            70,
            86,
            102,
            107,
        }
    )]
    [InlineData(
        4,
        3,
        3,
        2,
        5,
        new byte[]
        {
            39,
            62,
            55,
            104,
            163,
            120,
            59,
            76,
            63,
            110,
            147,
            98,
            90,
            96,
            74,
            118,
            124,
            64,
            133,
            106,
            139,
            160,
            156,
            152,
            161,
            113,
            183,
            188,
            177,
            211,
        }
    )]
    public void Resize_SmallPattern_IsPillows(int width, int height, int channels, int newWidth, int newHeight, byte[] expected)
    {
        Raster resized = Resampler.Resize(TestImages.Pattern(width, height, channels), newWidth, newHeight);
        Assert.Equal((newWidth, newHeight, channels), (resized.Width, resized.Height, resized.Channels));
        Assert.Equal(expected, resized.Samples);
    }

    [Theory]
    [InlineData(90, 90, 3, 32, 32, "66697857dccc7876a5c140eb1dab868df4cc7fffc9c292a86a43ab2283a372aa")]
    [InlineData(90, 90, 3, 128, 128, "5f797d15a0780fa5126fbf4e5edb34058aa7341e9c40967ca613e518a8e886da")]
    [InlineData(250, 250, 3, 64, 64, "af08a6ceab9ee4934664ebf0a03085dc59e82922106305081bf48501d9140805")]
    [InlineData(31, 17, 3, 100, 3, "432d2d9284b4dab8b523b5a24851b8ca03690cf43fcfc587217f6f8d7bf9ac7d")]
    [InlineData(1000, 3, 1, 7, 50, "18918c23c21448bf0046b3c24a208c76d1e775ce283259aa6a473ef75ecec6a8")]
    public void Resize_LargePattern_HasTheDigestOfPillows(int width, int height, int channels, int newWidth, int newHeight, string sha256)
    {
        Raster resized = Resampler.Resize(TestImages.Pattern(width, height, channels), newWidth, newHeight);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(resized.Samples)));
    }

    [Fact]
    public void Resize_SameSize_IsTheSameImage()
    {
        Raster image = TestImages.Pattern(6, 5, 3);
        Assert.Same(image, Resampler.Resize(image, 6, 5));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    public void Resize_SizeNotPositive_Throws(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampler.Resize(TestImages.Pattern(2, 2, 1), width, height));
}
