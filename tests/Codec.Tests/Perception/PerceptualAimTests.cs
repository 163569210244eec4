using Codec.Images;
using Codec.Perception;

namespace Codec.Tests.Perception;

public sealed class PerceptualAimTests
{
    // Planes that are the channels.
    private static readonly float[] Channels = [1, 0, 0, 0, 1, 0, 0, 0, 1];

    [Fact]
    public void Look_BlurredImage_MovesTheAimSoThatTheSameMoveOfTheImageScoresBetter()
    {
        ImageSize size = new(96, 64);
        byte[] original = Image(size, noise: 40, isGrey: false),
            decoded = Blur(original, size);
        var aim = new PerceptualAim(original, size, Channels);
        double score = aim.Look(decoded);
        Assert.Equal(score, aim.Judge(decoded), tolerance: 0.01);
        byte[] moved = [.. decoded.Select((sample, i) => (byte)Math.Clamp(sample + aim.Samples[i] - original[i], 0, 255))];
        Assert.True(aim.Judge(moved) > score + 0.5, $"{aim.Judge(moved)} after {score}");
    }

    [Fact]
    public void Look_GreyImage_KeepsTheAimGrey()
    {
        ImageSize size = new(40, 40);
        byte[] original = Image(size, noise: 60, isGrey: true);
        var aim = new PerceptualAim(original, size, Channels);
        _ = aim.Look(Blur(original, size));
        Assert.NotEqual(original, aim.Samples);
        Assert.All(aim.Samples.Chunk(3), pixel => Assert.True(pixel[0] == pixel[1] && pixel[1] == pixel[2], string.Join(' ', pixel)));
    }

    [Fact]
    public void Look_ExactImage_KeepsTheAim()
    {
        ImageSize size = new(40, 40);
        byte[] original = Image(size, noise: 60, isGrey: false);
        var aim = new PerceptualAim(original, size, Channels);
        Assert.Equal(100, aim.Look(original));
        Assert.Equal(original, aim.Samples);
    }

    /// <summary>Tiles of 512 pixels and what is left of them, which a tile judges with the pixels around.</summary>
    [Theory]
    [InlineData(600, 70)]
    [InlineData(70, 513)]
    [InlineData(1030, 520)]
    public void Look_LargeImage_MovesTheAimInAllTiles(int width, int height)
    {
        ImageSize size = new(width, height);
        byte[] original = Image(size, noise: 40, isGrey: false);
        var aim = new PerceptualAim(original, size, Channels);
        _ = aim.Look(Blur(original, size));
        for (int y = 0; y < height; y += 64)
        {
            for (int x = 0; x < width; x += 64)
            {
                bool isMoved = false;
                for (int i = 0; i < 64 * 64 * 3; i++)
                {
                    (int line, int column) = (y + i / 192, x * 3 + i % 192);
                    int at = line * width * 3 + column;
                    isMoved |= line < height && column < width * 3 && aim.Samples[at] != original[at];
                }

                Assert.True(isMoved || Math.Min(width - x, height - y) < 4, $"not moved at {x}, {y}");
            }
        }
    }

    private static byte[] Image(ImageSize size, int noise, bool isGrey)
    {
        var random = new Random(4);
        var image = new byte[3 * size.Pixels];
        for (int i = 0; i < image.Length; i++)
        {
            (int y, int x) = Math.DivRem(i / 3, size.Width);
            double wave = 120 + 40 * Math.Sin(x * 0.2) + 30 * Math.Cos(y * 0.13);
            image[i] = isGrey && i % 3 > 0 ? image[i - 1] : (byte)(wave + random.Next(noise));
        }

        return image;
    }

    private static byte[] Blur(byte[] image, ImageSize size)
    {
        var blurred = new byte[image.Length];
        for (int i = 0; i < image.Length; i++)
        {
            int x = i / 3 % size.Width,
                left = x > 0 ? i - 3 : i,
                right = x < size.Width - 1 ? i + 3 : i;
            blurred[i] = (byte)((image[left] + 2 * image[i] + image[right]) / 4);
        }

        return blurred;
    }
}
