using Codec.Onnx;
using Codec.Trainer.Networks;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Models;

/// <summary>
/// The axes along which a network's latents are quantized: z′ = A·(z − mean), z = S·z′ + mean. A network's own latents have arbitrary units
/// and correlations. Along these axes they are uncorrelated, in descending order of variance, and an error of 1 in any of them costs a
/// squared error of 1 in the image (in the unit of 8-bit samples), as with principal components: exactly for a linear network, on average
/// for other networks.
/// </summary>
/// <param name="Mean">[K]: the mean of the latents.</param>
/// <param name="Analysis">A: [K, K], row-major.</param>
/// <param name="Synthesis">S = A⁻¹: [K, K], row-major.</param>
/// <param name="Variances">[K]: the variances of z′, descending.</param>
internal sealed record LatentBasis(float[] Mean, float[] Analysis, float[] Synthesis, float[] Variances)
{
    // Number of images × latents at which the decoder's slopes are measured, so that the decoder runs a few thousand times.
    private const int SlopeRuns = 4096;
    private const int FewestSlopes = 4;
    private const int MostSlopes = 64;

    // The finite difference, relative to a latent's deviation: far above rounding errors, yet so small that the decoder is nearly linear.
    private const double Nudge = 0.05;

    // The smallest squared slope of an axis, relative to the mean: it limits the stretching of a latent on which no head depends.
    private const double LeastSlope = 1e-4;

    /// <summary>K: the number of latents.</summary>
    public int Latents => Mean.Length;

    /// <summary>Measures the axes of a network's latents.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="latents">[N, K]: the latents of training images.</param>
    public static LatentBasis Measure(CodecNetwork network, Tensor latents)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor z = latents.to(float64);
        Tensor mean = z.mean([0L]); // [K]
        Tensor centred = z.sub(mean);
        Tensor covariance = centred.t().matmul(centred).div_(z.shape[0]); // [K, K]
        Tensor metric = SquaredSlopes(network, latents, covariance.diagonal().sqrt()); // [K, K]

        // A = Rᵀ·√G, with R the eigenvectors of √G·C·√G: Aᵀ·A is the metric G, and A·C·Aᵀ is diagonal.
        (Tensor root, Tensor inverse) = Roots(metric);
        (Tensor variances, Tensor axes) = linalg.eigh(root.matmul(covariance).matmul(root)); // rising
        Tensor rotation = axes.flip(1); // [K, K], columns
        return new LatentBasis(
            Floats(mean),
            Floats(rotation.t().matmul(root)),
            Floats(inverse.matmul(rotation)),
            Floats(variances.flip(0).clamp_min(0))
        );
    }

    /// <summary>Transforms the network's latents to latents along the axes: z → z′.</summary>
    /// <param name="latents">[N, K]: the network's latents.</param>
    /// <returns>[N, K], owned by the caller's scope.</returns>
    public Tensor Analyze(Tensor latents) => latents.sub(Mean.ToTensor(Latents)).matmul(Analysis.ToTensor(Latents, Latents).t());

    /// <summary>Transforms latents along the axes to the network's latents: z′ → z.</summary>
    /// <param name="turned">[N, K]: latents along the axes.</param>
    /// <returns>[N, K], owned by the caller's scope.</returns>
    public Tensor Synthesize(Tensor turned) => turned.matmul(Synthesis.ToTensor(Latents, Latents).t()).add(Mean.ToTensor(Latents));

    /// <summary>Adds the operators of <see cref="Analyze(Tensor)"/> after an encoder.</summary>
    public OnnxValue Analyze(OnnxGraphBuilder graph, OnnxValue latents) =>
        graph.Gemm(graph.Sub(latents, graph.Constant(Mean, Latents)), graph.Constant(Analysis, Latents, Latents), transposed: true);

    /// <summary>Adds the operators of <see cref="Synthesize(Tensor)"/> before a head.</summary>
    public OnnxValue Synthesize(OnnxGraphBuilder graph, OnnxValue turned) =>
        graph.Gemm(turned, graph.Constant(Synthesis, Latents, Latents), graph.Constant(Mean, Latents), transposed: true);

    /// <summary>
    /// Computes the metric G [K, K]: Jᵀ·J for the decoder's Jacobian J, averaged over images and over the heads that output images.
    /// </summary>
    private static Tensor SquaredSlopes(CodecNetwork network, Tensor latents, Tensor deviations)
    {
        int count = (int)latents.shape[1];
        int images = (int)Math.Min(Math.Clamp(SlopeRuns / count, FewestSlopes, MostSlopes), latents.shape[0]);
        Tensor nudges = deviations.clamp_min(1e-6).mul(Nudge).to(float32).diag(); // [K, K]
        Tensor sum = zeros([count, count], float64);
        string[] heads = [.. network.Heads.Where(head => head.Value == network.Input).Select(head => head.Key)];
        foreach (string head in heads)
        {
            for (int n = 0; n < images; n++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor at = latents[n * latents.shape[0] / images];
                Tensor moved = network.decode(at.add(nudges), head).sub(network.decode(at.sub(nudges), head)); // [K, D]
                Tensor slopes = moved.to(float64).div(nudges.diagonal().to(float64).mul(2 * network.Input.Scale).unsqueeze(1));
                sum.add_(slopes.matmul(slopes.t()));
            }
        }

        return sum.div_(images * heads.Length);
    }

    private static (Tensor Root, Tensor Inverse) Roots(Tensor metric)
    {
        (Tensor values, Tensor vectors) = linalg.eigh(metric);
        Tensor roots = values.clamp_min(values.mean().item<double>() * LeastSlope).sqrt(); // [K]
        return (vectors.mul(roots).matmul(vectors.t()), vectors.div(roots).matmul(vectors.t()));
    }

    private static float[] Floats(Tensor values) => [.. values.to(float32).contiguous().data<float>()];
}
