using Codec.Images;
using Codec.Trainer.Images;
using Codec.Trainer.Recipes;
using Codec.Trainer.Training;
using TorchSharp;

namespace Trainer.Tests.Training;

public sealed class RandomImagesTests
{
    private static readonly ImageGeometry Shape = new(16, 16, 3, DenseRecipe.Scale, DenseRecipe.Offset);

    [Fact]
    public void Mirror_ExchangesLeftAndRight_KeepingChannels()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor row = torch.tensor(new float[] { 1, 2, 3, 4, 5, 6 }).reshape(1, 6);

        torch.Tensor mirrored = RandomImages.Mirror(row, new ImageGeometry(2, 1, 3, 1, 0));

        Assert.Equal([4f, 5, 6, 1, 2, 3], mirrored.data<float>().ToArray());
    }

    [Fact]
    public void Coin_OfManyImages_FallsOnEitherSide()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        Assert.InRange(RandomImages.Coin(torch.zeros(1000, 3)).to(torch.float32).mean().item<float>(), 0.4, 0.6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void BendAndMove_OfSmoothImages_ChangeThemLittleAndEachDifferently(bool bend)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor image = TinyImages.Create(side: 16).Test.ToTensor(Shape.Scale, Shape.Offset).narrow(0, 0, 1);
        torch.Tensor copies = image.expand(8, -1);
        torch.manual_seed(1);

        torch.Tensor changed = bend ? RandomImages.Bend(copies, Shape) : RandomImages.Move(copies, Shape);

        Assert.Equal(copies.shape, changed.shape);
        Assert.InRange(changed.sub(copies).abs().mean().item<float>(), 1e-4, 0.1);
        Assert.False(changed[0].allclose(changed[1]));
        // Samples are interpolated: none is outside the range of the original samples.
        Assert.InRange(changed.max().item<float>(), float.NegativeInfinity, image.max().item<float>() + 1e-5f);
        Assert.InRange(changed.min().item<float>(), image.min().item<float>() - 1e-5f, float.PositiveInfinity);
    }
}
