using Codec.Datasets;
using Codec.Images;

namespace Trainer.Tests;

/// <summary>Draws small smooth images from a seed: fast to train on, and well described by a few principal components.</summary>
internal sealed class TinyImages(int count, int side, int channels, int seed) : IDataSource
{
    public string Name => "tiny";

    public string License => "none needed";

    public static Dataset Create(int train = 96, int test = 16, int side = 8, int channels = 3, int seed = 7) =>
        Load(new TinyImages(train + test, side, channels, seed), test);

    /// <summary>Loads a data set from a source, with the last few images held out.</summary>
    public static Dataset Load(IDataSource source, int heldOut) => Dataset.Load(new Split(source, heldOut));

    public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var random = new Random(seed);
        for (int n = 0; n < count; n++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new LabeledImage($"{n}", "tiny", new Raster(side, side, channels, Draw(random)));
        }
    }

    private byte[] Draw(Random random)
    {
        double across = random.NextDouble() - 0.5,
            down = random.NextDouble() - 0.5,
            light = random.NextDouble();
        double[] tint = [.. Enumerable.Range(0, channels).Select(_ => 0.5 + random.NextDouble() / 2)];
        var pixels = new byte[side * side * channels];
        for (int i = 0; i < pixels.Length; i++)
        {
            int c = i % channels,
                x = i / channels % side,
                y = i / channels / side;
            double value = tint[c] * (light + across * x / side + down * y / side) + random.NextDouble() * 0.05;
            pixels[i] = (byte)Math.Clamp(value * 200, 0, 255);
        }

        return pixels;
    }

    private sealed class Split(IDataSource source, int heldOut) : IDataSource
    {
        public string Name => source.Name;

        public string License => source.License;

        public int HeldOut => heldOut;

        public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default) =>
            source.Read(progress, cancellationToken);
    }
}
