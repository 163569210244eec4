using Codec.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Report;

/// <summary>Converts tensors to pictures.</summary>
internal static class Pictures
{
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
    /// Draws codes as squares of one pixel a latent, row by row: red above the latent's mean over the images, blue below, and deeper with
    /// more deviations from it.
    /// </summary>
    /// <param name="latents">[N, K].</param>
    /// <param name="count">How many codes to draw.</param>
    public static Raster[] ToCodePictures(this Tensor latents, int count)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        float[] deviations =
        [
            .. latents.narrow(0, 0, count).sub(latents.mean([0L])).div(latents.std(0).clamp_min(1e-6)).contiguous().data<float>(),
        ];
        return [.. deviations.Chunk((int)latents.shape[1]).Select(Draw)];
    }

    private static Raster Draw(float[] deviations)
    {
        int side = (int)Math.Ceiling(Math.Sqrt(deviations.Length));
        var samples = new byte[side * side * 3];
        Array.Fill(samples, byte.MaxValue);
        for (int i = 0; i < deviations.Length; i++)
        {
            byte pale = (byte)(235 - Math.Min(235, 90 * Math.Abs(deviations[i])));
            (samples[3 * i], samples[3 * i + 1], samples[3 * i + 2]) =
                deviations[i] > 0 ? ((byte)235, pale, pale) : (pale, pale, (byte)235);
        }

        return new Raster(side, side, 3, samples);
    }
}
