using Codec.Datasets;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Priors;

/// <summary>The latents of a fixed-size model's training images.</summary>
/// <param name="Images">The images, each one block.</param>
/// <param name="Residual">Mean squared error of an image, summed over its samples, when its latents are not quantized.</param>
internal sealed record LatentSet(IReadOnlyList<ImageLatents> Images, double Residual)
{
    /// <summary>Splits the latents of all images.</summary>
    /// <param name="values">[images, K], in the unit of 8-bit samples.</param>
    /// <param name="latents">K: the number of latents of an image.</param>
    /// <param name="residual">See <see cref="Residual"/>.</param>
    public LatentSet(float[] values, int latents, double residual)
        : this(
            [
                .. Enumerable
                    .Range(0, values.Length / latents)
                    .Select(image => ImageLatents.OfBlock(values.AsMemory(image * latents, latents))),
            ],
            residual
        ) { }

    /// <summary>K: the number of latents of an image.</summary>
    public int Latents => Images[0].Latents;

    /// <summary>Projects images on principal components.</summary>
    public static LatentSet Analyze(ImageSet images, PrincipalComponents components)
    {
        using IDisposable constant = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor basis = components.Basis.ToTensor(components.Count, components.Samples); // [K, D]
        Tensor pixels = images.ToTensor(scale: 1, offset: 0).sub_(components.Mean.ToTensor(components.Samples)); // [N, D]
        Tensor latents = pixels.matmul(basis.t()); // [N, K]
        // The basis is orthonormal, so the error is the energy that the latents do not contain.
        double energy = pixels.square().sum(ScalarType.Float64).item<double>();
        double held = latents.square().sum(ScalarType.Float64).item<double>();
        return new LatentSet([.. latents.data<float>()], components.Count, (energy - held) / images.Count);
    }
}
