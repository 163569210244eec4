using Codec.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Tensors;
using static TorchSharp.torch;

namespace Codec.Trainer.Article.Experiments;

/// <summary>
/// Judges a face swap by what it claims: that a head paints its own person, and that pose, expression and light are those of the other's
/// photograph.
/// </summary>
internal sealed class SwapJudge
{
    // Components in which the two people are told apart, and the ridge that keeps few photographs from fitting exactly.
    private const int Components = 100;
    private const double Ridge = 0.02;

    private readonly Tensor _direction; // [D]
    private readonly double _threshold;

    /// <summary>Learns to tell two people apart, from their training photographs: Fisher's linear discriminant (1936).</summary>
    /// <param name="components">Components of the training faces.</param>
    /// <param name="first">[N, D], samples of the first person.</param>
    /// <param name="second">[M, D], of the second.</param>
    public SwapJudge(PrincipalComponents components, Tensor first, Tensor second)
    {
        int count = Math.Min(Components, components.Count);
        Tensor basis = components.Basis.ToTensor(components.Count, components.Samples).narrow(0, 0, count).t(); // [D, K]
        Tensor a = first.matmul(basis).to(float64),
            b = second.matmul(basis).to(float64);
        Tensor within = Scatter(a).add(Scatter(b)).div(a.shape[0] + b.shape[0]); // [K, K]
        within = within.add(eye(count, dtype: float64).mul(Ridge * within.trace().item<double>() / count));
        Tensor direction = linalg.solve(within, b.mean([0L]).sub(a.mean([0L])).unsqueeze(1)); // [K, 1]
        _threshold = (a.matmul(direction).mean().item<double>() + b.matmul(direction).mean().item<double>()) / 2;
        _direction = basis.matmul(direction.to(float32)).squeeze(1);
    }

    /// <summary>The part of pictures that show the second person rather than the first.</summary>
    /// <param name="pictures">[N, D], samples.</param>
    public double PartOfSecond(Tensor pictures) => pictures.matmul(_direction).to(float64).gt(_threshold).to(float64).mean().item<double>();

    /// <summary>
    /// The part of swapped pictures whose own code, encoded again, is nearest to the code of the photograph that they come from: a picture
    /// that lost pose and expression would find it by chance only.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="photographs">[N, D], scaled: the sources.</param>
    /// <param name="swapped">[N, D], scaled: the other person in their place.</param>
    public static double PartOfSourcesFound(ConvolutionalAutoencoder network, Tensor photographs, Tensor swapped)
    {
        using IDisposable frozen = no_grad();
        Tensor codes = network.Normalize(network.encode(photographs)),
            again = network.Normalize(network.encode(swapped));
        // Distances from each picture to each source, the means of both sets taken away: what the people differ in says nothing of poses.
        Tensor distances = cdist(again.sub(again.mean([0L])), codes.sub(codes.mean([0L]))); // [N, N]
        return distances.argmin(1).eq(arange(codes.shape[0])).to(float64).mean().item<double>();
    }

    /// <summary>Copies the samples of pictures: [N, D].</summary>
    public static Tensor Samples(IReadOnlyList<Raster> pictures) =>
        from_array(pictures.SelectMany(picture => picture.Samples).ToArray()).to(float32).reshape(pictures.Count, -1);

    private static Tensor Scatter(Tensor rows)
    {
        Tensor centred = rows.sub(rows.mean([0L]));
        return centred.t().matmul(centred);
    }
}
