using System.Globalization;
using Codec.Datasets;
using Codec.Trainer.Faces;

namespace Trainer.Tests.Faces;

public sealed class PeerFiguresTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Measure_GreyOrColour_FindsBytesThatReachThePsnr(int channels)
    {
        ImageSet images = TinyImages.Create(side: 16, channels: channels).Test;

        PeerFigures low = PeerFigures.Measure(images, decibels: 26),
            high = PeerFigures.Measure(images, decibels: 36);

        Assert.True(Bytes(high.Webp) > Bytes(low.Webp));
        Assert.True(Bytes(high.Jpeg) > Bytes(low.Jpeg));
        Assert.Equal(low.Png, high.Png);
    }

    // A star marks a format whose lowest quality is above the PSNR.
    private static int Bytes(string figure) => int.Parse(figure.TrimEnd('*'), CultureInfo.InvariantCulture);
}
