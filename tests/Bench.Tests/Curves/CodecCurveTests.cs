using Codec.Bench.Codecs;
using Codec.Bench.Curves;
using Codec.Images;
using Codec.Measurement;
using Codec.Tests.Shared;

namespace Bench.Tests.Curves;

public sealed class CodecCurveTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void DeltaRate_HalfAndAQuarterOfTheBytes_IsTheMeanOverTheImages()
    {
        CodecCurve anchor = Curve([400, 800, 1600], [400, 800, 1600]),
            ours = Curve([200, 400, 800], [100, 200, 400]);
        Assert.Equal((-50 - 75) / 2.0, ours.DeltaRate(anchor, image => image.Score), 1e-9);
    }

    [Fact]
    public void DeltaRate_APointThatIsWorseForMoreBytes_IsLeftOut()
    {
        CodecCurve anchor = Curve([400, 800, 1600]);
        RatePoint[] points = [.. Curve([200, 400, 800]).Points];
        RatePoint bent = points[1] with { Quality = 9, Images = [points[1].Images[0] with { Bytes = 500, Score = 15 }] };
        Assert.Equal(-50, (anchor with { Points = [.. points, bent] }).DeltaRate(anchor, image => image.Score), 1e-9);
    }

    [Fact]
    public void Measure_ASecondTime_ReadsWhatTheFirstMeasured()
    {
        var cache = new CurveCache(_folder.File("peers"));
        var codec = new Counting();
        Raster[] images = [Images.Waves(20, 12)];
        CodecCurve first = Measure(images),
            second = Measure(images);
        Assert.Equal(3, codec.Encoded);
        Assert.Equal(first.Points.Select(point => point.Bytes), second.Points.Select(point => point.Bytes));
        Assert.Equal(first.Points.Select(point => point.Decibels), second.Points.Select(point => point.Decibels));
        Assert.True(double.IsNaN(second.Points[0].Score));

        // Another number of images is another set.
        Measure([.. images, Images.Waves(20, 12, phase: 3)]);
        Assert.Equal(9, codec.Encoded);

        CodecCurve Measure(Raster[] set) => cache.Measure("waves", codec, set, Judgement.Plain, TestContext.Current.CancellationToken);
    }

    /// <summary>A curve through the scores 10, 20 and 30 of each image.</summary>
    private static CodecCurve Curve(params int[][] bytes) =>
        new(
            new Counting(),
            [
                .. Enumerable
                    .Range(0, bytes[0].Length)
                    .Select(q => new RatePoint(q, [.. bytes.Select(image => new ImageMeasure(image[q], 1, 1, 0, 10 * (q + 1), 0))], 1)),
            ]
        );

    /// <summary>A file is the samples without their lowest bits; counts the files.</summary>
    private sealed class Counting : IImageCodec
    {
        private int _encoded;

        public int Encoded => _encoded;

        public string Name => "counting";

        public IReadOnlyList<int> Qualities => [4, 2, 1];

        public byte[] Encode(Raster image, int quality)
        {
            Interlocked.Increment(ref _encoded);
            return [(byte)image.Width, (byte)image.Height, .. image.Samples.Select(sample => (byte)(sample >> quality << quality))];
        }

        public Raster Decode(byte[] file) => new(file[0], file[1], 3, file[2..]);
    }
}
