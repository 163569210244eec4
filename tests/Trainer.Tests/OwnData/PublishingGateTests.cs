using Codec.Models;
using Codec.Tests.Shared;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Models;

namespace Trainer.Tests.OwnData;

public sealed class PublishingGateTests
{
    private static readonly ModelManifest Live = Card(SmallModel.Create().Manifest, "a", (100, 28), (200, 32));

    [Fact]
    public void Reasons_FirstModelOrAnEqualOne_AreNone()
    {
        Assert.Empty(new PublishingGate(Live, null).Reasons());
        var equal = new PublishingGate(Card(Live, "a", (100.5, 28), (200.5, 32)), Live);
        Assert.Empty(equal.Reasons());
        Assert.Null(equal.Unknown);
    }

    [Fact]
    public void Reasons_MoreBytesAtTheSamePsnr_NamesThem()
    {
        string reason = Assert.Single(new PublishingGate(Card(Live, "a", (100, 27.5), (200, 31.5)), Live).Reasons());
        Assert.Contains("more bytes than the live version", reason, StringComparison.Ordinal);
        // On other held-out images nothing is compared, and that is said.
        var other = new PublishingGate(Card(Live, "b", (100, 20), (200, 24)), Live);
        Assert.Empty(other.Reasons());
        Assert.Contains("not known which is better", other.Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Reasons_QualitiesThatDoNotRise_NamesThem() =>
        Assert.Contains(
            "quality 1 has",
            Assert.Single(new PublishingGate(Card(Live, "b", (100, 28), (200, 23)), null).Reasons()),
            StringComparison.Ordinal
        );

    [Fact]
    public void Reasons_AnotherShape_NamesAllThatIsLost()
    {
        ModelManifest smaller = Live with
        {
            Input = Live.Input with { Width = 6 },
            Qualities = [Live.Qualities[0]],
            Heads = [Live.Heads[0] with { Name = "other" }],
        };
        IReadOnlyList<string> reasons = new PublishingGate(Card(smaller, "a", (100, 28)), Live).Reasons();
        Assert.Collection(
            reasons,
            shape => Assert.Contains("6×8×3", shape, StringComparison.Ordinal),
            qualities => Assert.Contains("it has 1 qualities", qualities, StringComparison.Ordinal),
            heads => Assert.Contains("image", heads, StringComparison.Ordinal)
        );
    }

    private static ModelManifest Card(ModelManifest manifest, string heldOut, params (double Bytes, double Decibels)[] points)
    {
        var card = new Dictionary<string, string> { [ModelCard.HeldOut] = heldOut };
        for (int quality = 0; quality < points.Length; quality++)
        {
            var figures = new QualityFigures(quality, points[quality].Bytes, points[quality].Decibels);
            card[$"held-out images, quality {quality}"] = $"{figures}, 9 images";
        }

        return manifest with
        {
            Provenance = card,
        };
    }
}
