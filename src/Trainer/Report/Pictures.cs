using Codec.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Report;

/// <summary>Converts tensors to pictures.</summary>
internal static class Pictures
{
    // The longest code that is drawn in two columns.
    private const int LongestColumns = 64;

    // Viridis at nine even steps.
    private static readonly int[] Colours = [0x440154, 0x472C7A, 0x3B518B, 0x2C718E, 0x21908D, 0x27AD81, 0x5CC863, 0xAADC32, 0xFDE725];

    /// <summary>Converts rows to images.</summary>
    /// <param name="rows">[N, D], scaled; values outside 0..255 are clamped.</param>
    /// <param name="geometry">Their shape and scaling.</param>
    public static Raster[] ToImages(this Tensor rows, ImageGeometry geometry)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor bytes = rows.sub(geometry.Offset).div_(geometry.Scale).round_().clamp_(0, 255).to(uint8).contiguous();
        byte[] samples = [.. bytes.data<byte>()];
        return [.. samples.Chunk(geometry.Samples).Select(image => new Raster(geometry.Width, geometry.Height, geometry.Channels, image))];
    }

    /// <summary>
    /// Draws codes as the article does: two latents a row, and of long codes, which would be a hair's width, a square; each code's smallest
    /// number is dark blue, its largest yellow (matplotlib's viridis).
    /// </summary>
    /// <param name="latents">[N, K].</param>
    /// <param name="count">How many codes to draw.</param>
    public static Raster[] ToCodePictures(this Tensor latents, int count)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        float[] numbers = [.. latents.narrow(0, 0, count).contiguous().data<float>()];
        return [.. numbers.Chunk((int)latents.shape[1]).Select(Draw)];
    }

    private static Raster Draw(float[] code)
    {
        int columns = code.Length <= LongestColumns ? 2 : (int)Math.Ceiling(Math.Sqrt(code.Length)),
            rows = (code.Length + columns - 1) / columns;
        var samples = new byte[columns * rows * 3];
        Array.Fill(samples, byte.MaxValue);
        (float least, float most) = (code.Min(), code.Max());
        for (int i = 0; i < code.Length; i++)
        {
            double place = (code[i] - least) / Math.Max(most - least, 1e-9) * (Colours.Length - 1);
            int below = Math.Min((int)place, Colours.Length - 2);
            for (int c = 0; c < 3; c++)
            {
                int shift = 8 * (2 - c),
                    low = (Colours[below] >> shift) & 255,
                    high = (Colours[below + 1] >> shift) & 255;
                samples[3 * i + c] = (byte)Math.Round(low + (place - below) * (high - low));
            }
        }

        return new Raster(columns, rows, 3, samples);
    }
}
