using Codec.Images;
using Codec.Imaging;
using Codec.Trainer.Report;

namespace Trainer.Tests.Report;

public sealed class LinePlotTests
{
    private static readonly Curve Curve = new("loss", [1, 2, 3], [0.1, 0.01, 0.001]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Draw_OtherLabel_GivesAnotherPicture(bool logarithmic)
    {
        // On a host without fonts, only text in the embedded font changes the picture.
        Raster first = ImageFile.Decode(LinePlot.Draw("epoch", "error", [Curve], logarithmic));
        Raster second = ImageFile.Decode(LinePlot.Draw("cycle", "error", [Curve], logarithmic));

        Assert.Equal((760, 400), (first.Width, first.Height));
        Assert.InRange(first.Samples.Zip(second.Samples).Count(pair => pair.First != pair.Second), 50, 10_000);
    }

    [Fact]
    public void Draw_SameCurves_GivesTheSameBytes() =>
        Assert.Equal(LinePlot.Draw("epoch", "error", [Curve]), LinePlot.Draw("epoch", "error", [Curve]));
}
