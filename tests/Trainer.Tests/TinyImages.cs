using Codec.Trainer.Images;

namespace Trainer.Tests;

/// <summary>Small smooth images from a seed: quick to train on, and linear enough that a few components say most of them.</summary>
internal static class TinyImages
{
    public static TrainingImages Create(int train = 96, int test = 16, int side = 8, int channels = 3, int seed = 7)
    {
        var random = new Random(seed);
        return new TrainingImages("tiny", Draw(random, train, side, channels), Draw(random, test, side, channels));
    }

    private static ImageSet Draw(Random random, int count, int side, int channels)
    {
        var pixels = new byte[count * side * side * channels];
        int p = 0;
        for (int n = 0; n < count; n++)
        {
            double across = random.NextDouble() - 0.5, down = random.NextDouble() - 0.5, light = random.NextDouble();
            var tint = Enumerable.Range(0, channels).Select(_ => 0.5 + random.NextDouble() / 2).ToArray();
            for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
            for (int c = 0; c < channels; c++)
            {
                double value = tint[c] * (light + across * x / side + down * y / side) + random.NextDouble() * 0.05;
                pixels[p++] = (byte)Math.Clamp(value * 200, 0, 255);
            }
        }

        return new ImageSet(side, side, channels, pixels);
    }
}
