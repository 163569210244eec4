using Codec.Trainer.Photos;

namespace Trainer.Tests.Photos;

public sealed class ColourAxesTests
{
    private static readonly ColourAxes Axes = ColourAxes.Standard;

    [Fact]
    public void Standard_SynthesisOfAnalysis_GivesTheChannels()
    {
        for (int plane = 0; plane < 3; plane++)
        {
            for (int other = 0; other < 3; other++)
            {
                double product = Enumerable.Range(0, 3).Sum(c => Axes.Analysis[plane, c] * Axes.Synthesis[other, c]);
                Assert.Equal(plane == other ? 1 : 0, product, 1e-12);
            }

            Assert.Equal(1, Enumerable.Range(0, 3).Sum(c => Axes.Synthesis[plane, c] * Axes.Synthesis[plane, c]), 1e-12);
        }
    }

    [Fact]
    public void Standard_Grey_HasNoColour()
    {
        Assert.Equal(0, Enumerable.Range(0, 3).Sum(c => Axes.Analysis[1, c]), 1e-12);
        Assert.Equal(0, Enumerable.Range(0, 3).Sum(c => Axes.Analysis[2, c]), 1e-12);
        // Exactly equal, so that the channels of a decoded grey image are.
        Assert.Equal(Axes.Synthesis[0, 0], Axes.Synthesis[0, 1]);
        Assert.Equal(Axes.Synthesis[0, 0], Axes.Synthesis[0, 2]);
    }
}
