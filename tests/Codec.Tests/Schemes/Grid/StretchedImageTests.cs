using Codec.Images;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Tests.Schemes.Grid;

/// <summary>A stretched image's code is that of the stretched picture, which a decoder shrinks as docs/format.md describes.</summary>
public sealed class StretchedImageTests
{
    [Theory]
    [InlineData(40, 30, 48, 32)]
    [InlineData(20, 160, 32, 160)]
    [InlineData(160, 7, 160, 16)]
    [InlineData(200, 100, 200, 112)]
    public void Decode_StretchedImage_IsTheStretchedPictureShrunk(int width, int height, int codedWidth, int codedHeight)
    {
        using CodecModel plain = CodecModel.Load(SmallGrid.Create()),
            stretched = CodecModel.Load(SmallGrid.Create(stretch: true));
        byte[] samples = SmallGrid.Image(width, height, seed: 5),
            code = stretched.Encode(samples, width, height, 1);
        Span<byte> header = stackalloc byte[SizeHeader.MaxBytes];
        header = header[..SizeHeader.Write(new ImageSize(codedWidth, codedHeight), header)];
        SizeHeader.Read(code, out int length);
        Raster picture = plain.Decode([.. header, .. code.AsSpan(length)], 1),
            image = stretched.Decode(code, 1);

        Assert.Equal(new ImageSize(codedWidth, codedHeight), picture.Size);
        Assert.Equal(new ImageSize(width, height), image.Size);
        byte[] shrunk = Shrink(picture, width, height);
        Assert.All(shrunk.Zip(image.Samples), pair => Assert.InRange(pair.First - pair.Second, -2, 2));
        Assert.InRange(samples.Zip(image.Samples).Average(pair => Math.Abs(pair.First - pair.Second)), 0, 4);
    }

    /// <summary>The sums of docs/format.md, in binary64 and pixel by pixel.</summary>
    private static byte[] Shrink(Raster picture, int width, int height)
    {
        var shrunk = new byte[width * height * 3];
        double[,] across = Weights(picture.Width, width),
            down = Weights(picture.Height, height);
        for (int i = 0; i < shrunk.Length; i++)
        {
            (int y, int x, int channel) = (i / 3 / width, i / 3 % width, i % 3);
            double sum = 0;
            for (int row = 0; row < picture.Height; row++)
            {
                for (int column = 0; column < picture.Width; column++)
                    sum += down[row, y] * across[column, x] * picture.Samples[(row * picture.Width + column) * 3 + channel];
            }

            shrunk[i] = (byte)Math.Clamp(Math.Round(sum), 0, 255);
        }

        return shrunk;
    }

    private static double[,] Weights(int coded, int own)
    {
        var weights = new double[coded, own];
        for (int j = 0; j < coded; j++)
        {
            for (int i = 0; i < own; i++)
            {
                if (coded == own)
                {
                    weights[j, i] = i == j ? 1 : 0;
                    continue;
                }

                double sum = 1;
                for (int k = 1; k < own; k++)
                    sum += 2 * Math.Cos(Math.PI * k * (2 * j + 1) / (2 * coded)) * Math.Cos(Math.PI * k * (2 * i + 1) / (2 * own));
                weights[j, i] = sum / coded;
            }
        }

        return weights;
    }
}
