using Codec.Images;
using Codec.Trainer.Networks;
using TorchSharp;

namespace Trainer.Tests.Networks;

public sealed class PatchGridTests
{
    [Fact]
    public void Split_Image_PutsEachPatchIntoACell()
    {
        using var scope = torch.NewDisposeScope();
        var grid = PatchGrid.Of(new ImageGeometry(4, 8, 3, 1, 0), side: 2, halvings: 0);
        torch.Tensor image = torch.arange(8 * 4 * 3, torch.float32).reshape(1, -1);

        torch.Tensor cells = grid.Split(image);

        Assert.Equal([1L, 12L, 4L, 2L], cells.shape);
        for (int row = 0; row < 8; row++)
        {
            for (int column = 0; column < 4; column++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    int within = (row % 2 * 2 + column % 2) * 3 + channel;
                    Assert.Equal((row * 4 + column) * 3 + channel, cells[0, within, row / 2, column / 2].item<float>());
                }
            }
        }
    }

    [Fact]
    public void Join_OfSplit_GivesTheImagesBack()
    {
        using var scope = torch.NewDisposeScope();
        var grid = PatchGrid.Of(new ImageGeometry(24, 16, 3, 1, 0), side: 4, halvings: 1);
        torch.Tensor images = torch.rand(5, 24 * 16 * 3);

        Assert.True(grid.Join(grid.Split(images)).equal(images).all().item<bool>());
    }

    [Theory]
    [InlineData(45, 45)]
    [InlineData(16, 20)]
    public void Of_SidesThatDoNotComeOut_SaysWhichDo(int width, int height)
    {
        var refused = Assert.Throws<ArgumentException>(() => PatchGrid.Of(new ImageGeometry(width, height, 3, 1, 0), side: 4, halvings: 1));
        Assert.Contains("multiples of 8", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{width}×{height}", refused.Message, StringComparison.Ordinal);
    }
}
