using Codec.Bench.Curves;
using Codec.Bench.Peers;
using Codec.Images;
using Codec.Imaging;
using Codec.Measurement;

namespace Bench.Tests.Peers;

public sealed class PeerTests
{
    public static TheoryData<string> Lossy => ["JPEG", "WebP", "AVIF", "AVIF 4:4:4 iq"];

    [Theory]
    [MemberData(nameof(Lossy))]
    public void Measure_RisingQualities_TakeMoreBytesForMoreDecibels(string name)
    {
        Peer peer = new[] { Peer.Jpeg, Peer.Webp, Peer.Avif, Peer.AvifIq }.Single(candidate => candidate.Name == name);
        Raster[] images = [Images.Waves(97, 61), Images.Waves(61, 97, phase: 40)];
        RatePoint[] points =
        [
            .. new[] { peer.Qualities[0], peer.Qualities[^1] }.Select(quality => RatePoint.Measure(peer, images, quality)),
        ];
        Assert.True(points[1].Bytes > points[0].Bytes, $"{points[0]} {points[1]}");
        Assert.True(points[1].Decibels > points[0].Decibels, $"{points[0]} {points[1]}");
        Assert.InRange(points[1].Decibels, 30, 70);
    }

    [Fact]
    public void Decode_OfPng_IsTheImage()
    {
        Raster image = Images.Waves(33, 17);
        Assert.Equal(image.Samples, Peer.Png.Decode(Peer.Png.Encode(image, Peer.Png.Qualities[0])).Samples);
    }

    [Fact]
    public void LibWebp_FilesOfThePeer_DecodeAlike()
    {
        Assert.SkipUnless(LibWebp.IsInstalled, "libwebp.so.7 is not installed on this machine.");
        Raster image = Images.Waves(80, 60);
        byte[] file = Peer.Webp.Encode(image, 75);
        var psnr = new Psnr();
        psnr.Add(Peer.Webp.Decode(file).Samples, LibWebp.Decode(file, 80, 60));
        // Two releases of one library: the format leaves the last bit of the chroma upsampling open.
        Assert.InRange(psnr.Decibels, 45, double.PositiveInfinity);
    }
}
