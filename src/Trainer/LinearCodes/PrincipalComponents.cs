using Codec.Datasets;
using Codec.Trainer.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.LinearCodes;

/// <summary>
/// The principal components of a set of images: for any number of latents, the linear code with the smallest mean squared error.
/// </summary>
/// <param name="Mean">[samples], 0 to 255.</param>
/// <param name="Basis">[count, samples]: orthonormal rows, in descending order of variance.</param>
/// <param name="Variances">[count], descending.</param>
internal sealed record PrincipalComponents(float[] Mean, float[] Basis, float[] Variances)
{
    private const int Oversampling = 100;

    private const int PowerIterations = 16;

    /// <summary>Number of components.</summary>
    public int Count => Variances.Length;

    /// <summary>Samples of an image.</summary>
    public int Samples => Mean.Length;

    /// <summary>Computes the first components of a set of images.</summary>
    /// <param name="images">The images, at least one more than components.</param>
    /// <param name="count">The number of components.</param>
    /// <param name="mirrored">
    /// Whether the mirror image of each image counts as well. Then every component is even or odd about the vertical axis, and the problem
    /// splits into two of half the size, which are four times faster to solve.
    /// </param>
    /// <exception cref="ArgumentException">There are too few samples or images for the components.</exception>
    public static PrincipalComponents Fit(ImageSet images, int count, bool mirrored)
    {
        CheckCount(images, count);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        return mirrored && images.Width % 2 == 0 ? FitMirrored(images, count) : FitPlain(images, count);
    }

    /// <summary>Computes the first components of a set of images, restricted to low frequencies.</summary>
    /// <param name="images">The images, at least one more than components.</param>
    /// <param name="count">The number of components.</param>
    /// <param name="frequencies">Number of frequencies of each axis, from the lowest; at most the image's shorter side.</param>
    /// <exception cref="ArgumentException">There are too few coefficients or images for the components.</exception>
    public static PrincipalComponents FitSmooth(ImageSet images, int count, int frequencies)
    {
        CheckCount(images, count);
        int coefficients = images.Channels * frequencies * frequencies;
        if (count > coefficients)
            throw new ArgumentException($"{count} components are more than the {coefficients} coefficients; choose fewer.", nameof(count));
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        Tensor down = from_array(CosineTransform.Matrix(images.Height, frequencies)).reshape(frequencies, images.Height);
        Tensor across = from_array(CosineTransform.Matrix(images.Width, frequencies)).reshape(frequencies, images.Width);
        Tensor mean = MeanOf(images); // [D]
        Tensor covariance = Covariances(
            images,
            mean,
            rows =>
                [
                    einsum("nyxc,vy,ux->nvuc", rows.reshape(rows.shape[0], images.Height, images.Width, images.Channels), down, across)
                        .reshape(rows.shape[0], coefficients),
                ]
        )[0];
        (Tensor variances, Tensor basis) = TopEigenvectors(covariance, count); // [K], [K, coefficients]
        Tensor unfolded = einsum("kvuc,vy,ux->kyxc", basis.reshape(count, frequencies, frequencies, images.Channels), down, across);
        return Build(mean, unfolded.reshape(count, -1), variances);
    }

    /// <summary>Returns the first components as a linear pair for images scaled as b · scale + offset.</summary>
    /// <remarks>Latents keep the unit of 8-bit samples, so that quantizer steps do not depend on the graphs' scaling.</remarks>
    /// <param name="latents">How many components.</param>
    /// <param name="scale">Scale of the images.</param>
    /// <param name="offset">Offset of the images.</param>
    /// <param name="noise">
    /// Deviation of white noise on the encoder's images, in 8-bit samples. The encoder then computes the best linear estimate of the clean
    /// latents (Wiener 1949).
    /// </param>
    public LinearPair ToPair(int latents, float scale, float offset, double noise = 0)
    {
        var encoder = new float[latents * Samples];
        var encoderBias = new float[latents];
        var decoder = new float[latents * Samples];
        for (int k = 0; k < latents; k++)
        {
            double bias = 0;
            float kept = noise > 0 ? (float)(Variances[k] / (Variances[k] + noise * noise)) : 1;
            for (int i = 0; i < Samples; i++)
            {
                float weight = Basis[k * Samples + i];
                encoder[k * Samples + i] = kept * weight / scale;
                decoder[k * Samples + i] = weight * scale;
                bias -= kept * weight * (Mean[i] + (double)offset / scale);
            }

            encoderBias[k] = (float)bias;
        }

        return new LinearPair(encoder, encoderBias, decoder, [.. Mean.Select(mean => mean * scale + offset)]);
    }

    /// <summary>The standard deviations of the first latents.</summary>
    public float[] Deviations(int latents) => [.. Variances.Take(latents).Select(MathF.Sqrt)];

    /// <summary>Checks that a number of components can be fitted to images.</summary>
    /// <exception cref="ArgumentException">There are too few samples or images for the components.</exception>
    public static void CheckCount(ImageSet images, int count)
    {
        if (count > images.ImageLength)
        {
            throw new ArgumentException(
                $"A code of {count} latents is larger than the image, which has {images.ImageLength} samples "
                    + $"({images.Width}×{images.Height}×{images.Channels}); choose a code size of 1 to {images.ImageLength}."
            );
        }

        if (count >= images.Count)
        {
            throw new ArgumentException(
                $"{images.Count} training images are too few for {count} latents; give at least {count + 1} images or a smaller code size."
            );
        }
    }

    private static PrincipalComponents FitPlain(ImageSet images, int count)
    {
        Tensor mean = MeanOf(images); // [D]
        (Tensor variances, Tensor basis) = TopEigenvectors(Covariances(images, mean, rows => [rows])[0], count);
        return Build(mean, basis, variances);
    }

    private static PrincipalComponents FitMirrored(ImageSet images, int count)
    {
        int half = images.Width / 2;
        float root = MathF.Sqrt(0.5f);
        // The mean over images and mirror images is even: centred rows have an even half and an odd half, each of mean zero.
        Tensor mean = MeanOf(images).reshape(images.Height, images.Width, images.Channels);
        mean = mean.add(mean.flip(1)).div_(2).reshape(-1); // [D]
        Tensor[] covariances = Covariances(
            images,
            mean,
            rows =>
            {
                Tensor pixels = rows.reshape(rows.shape[0], images.Height, images.Width, images.Channels);
                Tensor left = pixels.narrow(2, 0, half).reshape(rows.shape[0], -1); // [N, D/2]
                Tensor right = pixels.narrow(2, half, half).flip(2).reshape(rows.shape[0], -1); // [N, D/2]
                return [left.add(right).mul_(root), left.sub(right).mul_(root)];
            }
        );
        (Tensor evenVariances, Tensor evenBasis) = TopEigenvectors(covariances[0], count);
        (Tensor oddVariances, Tensor oddBasis) = TopEigenvectors(covariances[1], count);

        Tensor Unfold(Tensor halves, int parity) // [K, D/2] -> [K, D]
        {
            Tensor side = halves.mul(root).reshape(-1, images.Height, half, images.Channels);
            return cat([side, side.flip(2).mul_(parity)], 2).reshape(halves.shape[0], -1);
        }

        Tensor variances = cat([evenVariances, oddVariances]);
        Tensor order = variances.argsort(descending: true).narrow(0, 0, count);
        Tensor basis = cat([Unfold(evenBasis, 1), Unfold(oddBasis, -1)]).index_select(0, order);
        return Build(mean, basis, variances.index_select(0, order));
    }

    /// <summary>The mean image, [D]; reads the set part by part.</summary>
    private static Tensor MeanOf(ImageSet images)
    {
        Tensor sum = zeros([images.ImageLength], float64);
        foreach (Tensor part in images.ToTensors(scale: 1, offset: 0))
        {
            using DisposeScope scope = NewDisposeScope();
            sum.add_(part.sum([0L], type: float64));
        }

        return sum.div_(images.Count).to(float32);
    }

    /// <summary>Computes the covariances of centred images after a linear map; reads the set part by part.</summary>
    /// <param name="images">The images.</param>
    /// <param name="mean">[D]: subtracted from each.</param>
    /// <param name="map">Maps [n, D] to one or more [n, M].</param>
    /// <returns>For each output of the map, [M, M].</returns>
    private static Tensor[] Covariances(ImageSet images, Tensor mean, Func<Tensor, Tensor[]> map)
    {
        Tensor[]? sums = null;
        foreach (Tensor part in images.ToTensors(scale: 1, offset: 0))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor[] products = [.. map(part.sub_(mean)).Select(rows => rows.t().matmul(rows))];
            if (sums is null)
                sums = [.. products.Select(product => product.MoveToOuterDisposeScope())];
            else
                Array.ForEach([.. sums.Zip(products)], pair => pair.First.add_(pair.Second));
        }

        return [.. sums!.Select(sum => sum.div_(images.Count))];
    }

    /// <summary>Computes the largest eigenvalues of a covariance, [D, D], and their eigenvectors.</summary>
    private static (Tensor Values, Tensor Vectors) TopEigenvectors(Tensor covariance, int count)
    {
        long samples = covariance.shape[0];
        if (count + Oversampling < samples / 4)
            return SubspaceIteration(covariance, count);
        (Tensor values, Tensor vectors) = linalg.eigh(covariance); // rising
        int taken = (int)Math.Min(count, samples);
        return (values.flip(0).narrow(0, 0, taken), vectors.t().flip(0).narrow(0, 0, taken)); // [K], [K, D]
    }

    /// <summary>
    /// Computes a few of many eigenvectors by block power iteration (Halko, Martinsson and Tropp 2011), in seconds instead of a minute.
    /// </summary>
    private static (Tensor Values, Tensor Vectors) SubspaceIteration(Tensor covariance, int count)
    {
        long samples = covariance.shape[0];
        using var generator = new Generator(0);
        Tensor block = randn([samples, count + Oversampling], generator: generator); // [D, K + p]
        for (int i = 0; i < PowerIterations; i++)
            block = linalg.qr(covariance.matmul(block)).Q;
        (Tensor values, Tensor rotation) = linalg.eigh(block.t().matmul(covariance).matmul(block)); // rising
        Tensor vectors = block.matmul(rotation).t().flip(0).narrow(0, 0, count); // [K, D]
        return (values.flip(0).narrow(0, 0, count), vectors);
    }

    private static PrincipalComponents Build(Tensor mean, Tensor basis, Tensor variances)
    {
        // The sign of an eigenvector is arbitrary; a positive largest element makes it unique.
        Tensor largest = basis.abs().argmax(1, keepdim: true); // [K, 1]
        Tensor signs = basis.gather(1, largest).sign();
        return new([.. mean.data<float>()], [.. basis.mul(signs).contiguous().data<float>()], [.. variances.contiguous().data<float>()]);
    }
}
