using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.Own;

namespace Trainer.Tests.OwnData;

public sealed class ModelFamilyTests
{
    private static readonly ImageSize Avatar = new(48, 48);

    [Theory]
    [InlineData(5000, 48, 0, (int)FamilyKind.Fixed, "have 48×48")]
    [InlineData(5000, 48, 400, (int)FamilyKind.Fixed, "have 48×48")]
    [InlineData(5000, 48, 4000, (int)FamilyKind.Photos, "2 sizes")]
    [InlineData(5000, 200, 0, (int)FamilyKind.Photos, "larger than 96")]
    [InlineData(400, 48, 0, (int)FamilyKind.Photos, "fewer than the 1,000")]
    public void Choose_ByNumberAndSize_SaysWhy(int count, int side, int others, int kind, string reason)
    {
        ModelFamily family = ModelFamily.Choose(Survey(count, side, others), wanted: null);
        Assert.Equal((FamilyKind)kind, family.Kind);
        Assert.Contains(reason, family.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_SizeAskedFor_IsAFixedModelOfIt()
    {
        ModelFamily family = ModelFamily.Choose(Survey(300, 200, 50), Avatar);
        Assert.Equal((FamilyKind.Fixed, Avatar), (family.Kind, family.Size));
    }

    [Fact]
    public void Choose_AHandful_IsRefused() =>
        Assert.Contains(
            "photos",
            Assert.Throws<DatasetException>(() => ModelFamily.Choose(Survey(8, 48, 0), null)).Message,
            StringComparison.Ordinal
        );

    private static FolderSurvey Survey(int count, int side, int others)
    {
        var sizes = new Dictionary<ImageSize, int> { [new ImageSize(side, side)] = count };
        if (others > 0)
            sizes[new ImageSize(7, 9)] = others;
        return new FolderSurvey(sizes, 0, []);
    }
}
