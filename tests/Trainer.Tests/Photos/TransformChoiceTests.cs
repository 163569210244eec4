using Codec.Entropy;
using Codec.Images;
using Codec.Quantization;
using Codec.Trainer.Photos;
using Codec.Trainer.Priors;

namespace Trainer.Tests.Photos;

public sealed class TransformChoiceTests
{
    private const int Side = 5 * LappedTransform.Stride,
        Middle = 12;
    private static readonly double[,] Colours =
    {
        { 0.6, 0.64, 0.48 },
        { 0.8, -0.48, -0.36 },
        { 0, 0.6, -0.8 },
    };
    private static readonly GridRule Rule = new(
        3,
        3,
        [],
        0,
        LappedTransform.Transforms,
        LappedTransform.Places([.. Enumerable.Range(0, LappedTransform.Coefficients)])
    );

    [Fact]
    public void Choose_ASmoothBlock_StaysWhole() => Assert.Equal((0, 0), Parts((x, y) => 100 + x + 0.5 * y));

    [Fact]
    public void Choose_AnUprightLine_DividesAcross()
    {
        (int down, int across) = Parts((x, _) => x == 37 ? 250 : 40);
        Assert.Equal(0, down);
        Assert.NotEqual(0, across);
    }

    [Fact]
    public void Choose_ALevelLine_DividesDown()
    {
        (int down, int across) = Parts((_, y) => y == 37 ? 250 : 40);
        Assert.NotEqual(0, down);
        Assert.Equal(0, across);
    }

    [Fact]
    public void Rank_EveryTransform_IsNamedOnceAndTheChosenOneFirst()
    {
        float[] graph = Graph((x, y) => 40 * Math.Sin(x * y / 50.0) + 128);
        var choice = new TransformChoice(Rule, new LatentSteps(Rule, coded: 256, step: 20));
        var latents = new float[LappedTransform.Coefficients];
        var ranked = new int[LappedTransform.Transforms];
        choice.Rank(graph, 0, latents, ranked);
        Assert.Equal(Enumerable.Range(0, LappedTransform.Transforms), ranked.Order());
        Assert.Equal(ranked[0], choice.Choose(graph, latents));
        ReadOnlySpan<ushort> places = Rule.Places(ranked[0]);
        for (int i = 0; i < latents.Length; i++)
            Assert.Equal(graph[places[i]], latents[i]);
    }

    /// <summary>Returns the division of the middle block along each axis; 0 is whole.</summary>
    private static (int Down, int Across) Parts(Func<int, int, double> luminance)
    {
        int transform = new TransformChoice(Rule, new LatentSteps(Rule, coded: 256, step: 20)).Choose(
            Graph(luminance),
            new float[LappedTransform.Coefficients]
        );
        return Math.DivRem(transform, 3);
    }

    /// <summary>Computes the latents of all transforms of a grey image's middle block.</summary>
    private static float[] Graph(Func<int, int, double> luminance)
    {
        var image = new Raster(
            Side,
            Side,
            3,
            [.. Enumerable.Range(0, Side * Side * 3).Select(i => (byte)Math.Clamp(luminance(i / 3 % Side, i / 3 / Side), 0, 255))]
        );
        // The graph's latents are collected one transform at a time.
        var all = new float[LappedTransform.Transforms * LappedTransform.Coefficients];
        for (int transform = 0; transform < LappedTransform.Transforms; transform++)
        {
            ushort[] places = Rule.Places(transform).ToArray();
            GridRule one = Rule with { Transforms = 1, Order = places };
            ImageLatents latents = PhotoAnalysis.Run(
                [image],
                LappedTransform.Encoder(PhotosTraining.Window, Colours),
                new TransformChoice(one, new LatentSteps(one, LappedTransform.Coefficients, 1)),
                TestContext.Current.CancellationToken
            )[0];
            for (int i = 0; i < places.Length; i++)
                all[places[i]] = latents[Middle][i];
        }

        return all;
    }
}
