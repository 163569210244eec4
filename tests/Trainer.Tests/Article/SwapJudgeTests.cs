using Codec.Datasets;
using Codec.Trainer.Article.Experiments;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Report;
using TorchSharp;
using static TorchSharp.torch;

namespace Trainer.Tests.Article;

public sealed class SwapJudgeTests
{
    [Fact]
    public void PartOfSecond_UnseenPictures_TellsTwoPeopleApart()
    {
        using DisposeScope scope = NewDisposeScope();
        var people = Dataset.Load(
            new SyntheticFaces(160, 16, 16, imagesPerPerson: 80),
            cancellationToken: TestContext.Current.CancellationToken
        );
        string[] labels = [.. people.Train.Labels.Distinct().Order()];
        var components = PrincipalComponents.Fit(people.Train, 20, mirrored: false);
        var judge = new SwapJudge(components, Of(people.Train, labels[0]), Of(people.Train, labels[1]));
        Assert.InRange(judge.PartOfSecond(Of(people.Test, labels[0])), 0, 0.1);
        Assert.InRange(judge.PartOfSecond(Of(people.Test, labels[1])), 0.9, 1);
    }

    [Theory]
    [InlineData(32, 2, 16)]
    [InlineData(100, 10, 10)]
    public void ToCodePictures_OfTheArticlesLength_HasTwoNumbersARow(int length, int width, int height)
    {
        using DisposeScope scope = NewDisposeScope();
        Codec.Images.Raster picture = Assert.Single(arange(length).to(float32).unsqueeze(0).ToCodePictures(1));
        Assert.Equal((width, height), (picture.Width, picture.Height));
        Assert.Equal([0x44, 0x01, 0x54], picture.Samples[..3]);
        Assert.Equal([0xFD, 0xE7, 0x25], picture.Samples[^3..]);
    }

    private static Tensor Of(ImageSet images, string person) =>
        images.ToTensor(
            [.. Enumerable.Range(0, images.Count).Where(i => images.Labels[i] == person).Select(i => (long)i)],
            scale: 1,
            offset: 0
        );
}
