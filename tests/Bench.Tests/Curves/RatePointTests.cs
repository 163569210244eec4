using Codec.Bench.Codecs;
using Codec.Bench.Curves;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;

namespace Bench.Tests.Curves;

public sealed class RatePointTests
{
    private static readonly Raster[] Two = [Images.Flat(10, 10, 100), Images.Flat(20, 15, 200)];

    [Fact]
    public void Measure_ImagesOfSeveralSizes_PoolsErrorsAndBits()
    {
        // At quality 90 this codec is 10 levels off in the first image, and exact in the second, larger one.
        RatePoint point = RatePoint.Measure(new Coarse(exactFrom: 150), Two, 90);
        Assert.Equal((10 + 20) / 2.0 + 90, point.Bytes);
        Assert.Equal(8 * (10 + 20 + 2 * 90) / 400.0, point.BitsPerPixel, 12);
        Assert.Equal(10 * Math.Log10(255 * 255 / (100.0 * 100 / 400)), point.Decibels, 9);
        Assert.Equal(double.PositiveInfinity, point.MeanDecibels);
        Assert.Equal(double.NaN, point.Similarity);
    }

    [Fact]
    public void Measure_EqualErrors_HasTheSamePsnrEitherWay()
    {
        RatePoint point = RatePoint.Measure(new Coarse(), Two, 80);
        Assert.Equal(20 * Math.Log10(255 / 20.0), point.Decibels, 9);
        Assert.Equal(point.Decibels, point.MeanDecibels, 9);
    }

    [Theory]
    [InlineData(36.0, 96)]
    [InlineData(36.1, 97)]
    [InlineData(1.0, 1)]
    public void Match_Target_IsTheLowestQualityThatReachesIt(double decibels, int quality) =>
        Assert.Equal(quality, RatePoint.Match(new Coarse(), Two, decibels).Quality);

    [Fact]
    public void Measure_Similarity_IsOfTheImages()
    {
        Raster[] one = [Images.Waves(180, 170)];
        Assert.InRange(RatePoint.Measure(new Coarse(), one, 60, Judgement.Similarity).Similarity, 0.8, 0.9999);
    }

    /// <summary>
    /// A file contains the image, shifted by 100 − quality levels; its length is the image's width plus the quality.
    /// </summary>
    private sealed class Coarse(int exactFrom = int.MaxValue) : IImageCodec
    {
        public string Name => "coarse";

        public IReadOnlyList<int> Qualities => [1, 50, 99];

        public byte[] Encode(Raster image, int quality)
        {
            byte[] file = new byte[image.Width + quality];
            int shift = image.Samples[0] >= exactFrom ? 0 : 100 - quality;
            lock (_images)
            {
                _images[file] = new Raster(
                    image.Width,
                    image.Height,
                    image.Channels,
                    [.. image.Samples.Select(sample => (byte)Math.Max(0, sample - shift))]
                );
            }

            return file;
        }

        public Raster Decode(byte[] file)
        {
            lock (_images)
                return _images[file];
        }

        private readonly Dictionary<byte[], Raster> _images = [];
    }
}
