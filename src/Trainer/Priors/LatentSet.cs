using Codec.Datasets;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Priors;

/// <summary>The latents of a set of images.</summary>
/// <param name="Values">[count, latents], in the unit of 8-bit samples.</param>
/// <param name="Latents">K.</param>
/// <param name="Residual">Mean squared error of an image, summed over its samples, that is left when its latents are not quantized.</param>
internal sealed record LatentSet(float[] Values, int Latents, double Residual)
{
    /// <summary>Number of images.</summary>
    public int Count => Values.Length / Latents;

    /// <summary>The latents of one image.</summary>
    public ReadOnlySpan<float> this[int image] => Values.AsSpan(image * Latents, Latents);

    /// <summary>Analyses images by principal components.</summary>
    public static LatentSet Analyse(ImageSet images, PrincipalComponents components)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor basis = components.Basis.ToTensor(components.Count, components.Samples); // [K, D]
        Tensor pixels = images.ToTensor(scale: 1, offset: 0).sub_(components.Mean.ToTensor(components.Samples)); // [N, D]
        Tensor latents = pixels.matmul(basis.t()); // [N, K]
        // The basis is orthonormal: what is not in the latents is what is lost.
        double energy = pixels.square().sum(ScalarType.Float64).item<double>();
        double kept = latents.square().sum(ScalarType.Float64).item<double>();
        return new LatentSet([.. latents.data<float>()], components.Count, (energy - kept) / images.Count);
    }
}
