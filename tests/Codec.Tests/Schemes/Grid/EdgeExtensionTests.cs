using Codec.Images;
using Codec.Schemes.Grid;

namespace Codec.Tests.Schemes.Grid;

public sealed class EdgeExtensionTests
{
    private const int Stride = 4;
    private static readonly ImageGeometry Window = new(2 * Stride, 2 * Stride, 1, 1, 0);

    [Fact]
    public void CopyLine_BelowTheImage_RepeatsTheLineBeforeSmoothed()
    {
        byte[] image = [9, 9, 9, 9, 0, 100, 0, 0];
        Assert.Equal(
            [
                [9, 9, 9, 9],
                [0, 100, 0, 0],
                [25, 50, 25, 0],
                [31, 38, 25, 6],
            ],
            Lines(image, width: 4, height: 2)
        );
    }

    [Fact]
    public void CopyLine_RightOfTheImage_RepeatsTheColumnBeforeSmoothed()
    {
        byte[] image = [9, 0, 9, 100, 9, 0, 9, 0];
        Assert.Equal(
            [
                [9, 0, 25, 31],
                [9, 100, 50, 38],
                [9, 0, 25, 25],
                [9, 0, 0, 6],
            ],
            Lines(image, width: 2, height: 4)
        );
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 8)]
    [InlineData(5, 7)]
    [InlineData(8, 4)]
    public void CopyLine_AnySize_KeepsTheImageAndAFlatOneFlat(int width, int height)
    {
        byte[] flat = [.. Enumerable.Repeat((byte)77, width * height)];
        Assert.All(Lines(flat, width, height).SelectMany(line => line), sample => Assert.Equal(77, sample));

        byte[] random = new byte[width * height];
        new Random(1).NextBytes(random);
        byte[][] lines = Lines(random, width, height);
        Assert.Equal((height + Stride - 1) / Stride * Stride, lines.Length);
        Assert.Equal(random, lines.Take(height).SelectMany(line => line[..width]));
    }

    private static byte[][] Lines(byte[] image, int width, int height)
    {
        var grid = new WindowGrid(width, height, Stride, Window);
        var extension = new EdgeExtension(image, grid);
        var lines = new byte[grid.Rows * Stride][];
        for (int y = 0; y < lines.Length; y++)
        {
            lines[y] = new byte[grid.Columns * Stride];
            extension.CopyLine(image, y, lines[y]);
        }

        return lines;
    }
}
