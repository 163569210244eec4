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
    // More images would not change a prior noticeably, and their latents need memory.
    private const int MostImages = 12_000;
    private const int Batch = 512;

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
    /// <param name="images">The images.</param>
    /// <param name="components">The components.</param>
    /// <param name="mirrored">Whether to add the mirror image of each, where left and right are alike: a prior learns from both.</param>
    /// <param name="most">The largest number of images; of more, these are chosen evenly.</param>
    public static LatentSet Analyze(ImageSet images, PrincipalComponents components, bool mirrored = false, int most = MostImages)
    {
        using IDisposable constant = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor basis = components.Basis.ToTensor(components.Count, components.Samples).t(); // [D, K]
        Tensor mean = components.Mean.ToTensor(components.Samples); // [D]
        int count = Math.Min(most, images.Count),
            copies = mirrored ? 2 : 1;
        var values = new float[(long)copies * count * components.Count];
        double residual = 0;
        for (int first = 0; first < count; first += Batch)
        {
            using DisposeScope batch = NewDisposeScope();
            long[] indices = [.. Enumerable.Range(first, Math.Min(Batch, count - first)).Select(i => i * (long)images.Count / count)];
            Tensor pixels = images.ToTensor(indices, scale: 1, offset: 0); // [n, D]
            if (mirrored)
                pixels = cat([pixels, pixels.reshape(-1, images.Height, images.Width, images.Channels).flip(2).reshape(pixels.shape)]);
            pixels = pixels.sub_(mean);
            Tensor latents = pixels.matmul(basis); // [n, K]
            latents.data<float>().CopyTo(values, copies * first * components.Count);
            // The basis is orthonormal, so the error is the energy that the latents do not contain.
            residual += sum(pixels.square(), ScalarType.Float64).item<double>() - sum(latents.square(), ScalarType.Float64).item<double>();
        }

        return new LatentSet(values, components.Count, residual / (copies * count));
    }
}
