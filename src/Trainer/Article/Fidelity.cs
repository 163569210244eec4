using System.Globalization;
using Codec.Images;
using Codec.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Article;

/// <summary>Measures images against their originals, and formats measurements.</summary>
internal static class Fidelity
{
    private const int Batch = 256;

    /// <summary>PSNR over all images together, of the numbers as they are.</summary>
    /// <param name="images">[N, D], scaled.</param>
    /// <param name="originals">[N, D], scaled in the same way.</param>
    /// <param name="geometry">The scaling.</param>
    public static double Decibels(Tensor images, Tensor originals, ImageGeometry geometry)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double error = images.sub(originals).square().mean([], type: ScalarType.Float64).item<double>();
        return Psnr.FromMeanSquaredError(error / (255.0 * 255.0 * geometry.Scale * geometry.Scale));
    }

    /// <summary>PSNR over all images together, after rounding and clamping to 8 bits.</summary>
    /// <param name="images">[N, D], scaled.</param>
    /// <param name="originals">[N, D], scaled in the same way.</param>
    /// <param name="geometry">The scaling.</param>
    public static double ClippedDecibels(Tensor images, Tensor originals, ImageGeometry geometry)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor bytes = images.sub(geometry.Offset).div_(geometry.Scale).round_().clamp_(0, 255);
        Tensor expected = originals.sub(geometry.Offset).div_(geometry.Scale).round_();
        return Psnr.FromMeanSquaredError(bytes.sub_(expected).square().mean().item<float>() / (255.0 * 255.0));
    }

    /// <summary>Runs images through a network in batches, without gradients.</summary>
    /// <param name="images">[N, …].</param>
    /// <param name="map">The network, or a part of it.</param>
    /// <returns>[N, …], owned by the caller's scope.</returns>
    public static Tensor Through(this Tensor images, Func<Tensor, Tensor> map)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (long first = 0; first < images.shape[0]; first += Batch)
            parts.Add(map(images.narrow(0, first, Math.Min(Batch, images.shape[0] - first))));
        return cat(parts).MoveToOuterDisposeScope();
    }

    /// <summary>A mean squared error, as text.</summary>
    public static string Mse(double value) => value.ToString("0.000000", CultureInfo.InvariantCulture);

    /// <summary>Formats text in the invariant culture.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
