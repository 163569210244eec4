using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Images;
using Codec.Trainer.Networks;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Training;

/// <summary>
/// The objective of a codec: squared error plus a price for each bit. Quantization has no useful derivative, so bits are measured with
/// uniform noise of one step in its place (Ballé 2017), and the error with latents that are rounded, whose derivative is taken to be 1
/// (Theis 2017): at low rates most symbols are zero, and a decoder that has only met noise restores them badly.
/// </summary>
internal sealed class RateDistortion : IObjective<RatedAutoencoder>
{
    private const int ValidationBatch = 256;

    // Of a step: a latent this much closer to the next symbol still takes the smaller one, as the codec's search prefers.
    private const float DeadZone = 0.15f;

    private readonly ImageGeometry _input;
    private readonly RatePrice _price;
    private readonly bool _mirrored;
    private readonly ImageSet _train;
    private readonly Tensor _test;

    /// <summary>Scales the images.</summary>
    /// <param name="images">Training and held-out images.</param>
    /// <param name="input">Scaling of the network's images.</param>
    /// <param name="price">The step, and the price of a bit.</param>
    /// <param name="mirrored">Whether each use of an image takes, at random, the image or its mirror image.</param>
    public RateDistortion(Dataset images, ImageGeometry input, RatePrice price, bool mirrored)
    {
        (_input, _price, _mirrored) = (input, price, mirrored);
        _train = images.Train;
        _test = images.Validation.ToTensor(images.Validation.Spread(), input.Scale, input.Offset);
        Examples = FormattableString.Invariant(
            $"{images.Name}, {images.Train.Count} of {input.Width}×{input.Height}×{input.Channels}, step {price.Step:0.###}, {price.Bit:0.###} a bit{(mirrored ? ", mirrored" : "")}, digest {images.Digest.Hex[..16]}"
        );
    }

    /// <inheritdoc/>
    public string Examples { get; }

    /// <inheritdoc/>
    public string Measure => "rate_distortion";

    /// <inheritdoc/>
    public int Count => _train.Count;

    /// <inheritdoc/>
    public Tensor Loss(RatedAutoencoder network, Tensor batch)
    {
        Tensor images = _train.ToTensor(batch.data<long>().ToArray(), _input.Scale, _input.Offset).Beside(network); // [B, D]
        if (_mirrored)
            images = where(RandomImages.Coin(images), images, RandomImages.Mirror(images, _input));
        Tensor latents = network.encode(images); // [B, K]
        Tensor noisy = latents.add(rand_like(latents).sub_(0.5f).mul_(_price.Step));
        return Cost(network, images, latents.add(Round(latents).sub_(latents).detach()), noisy);
    }

    /// <summary>Validates with rounded latents.</summary>
    public double Validate(RatedAutoencoder network)
    {
        double sum = 0;
        for (long first = 0; first < _test.shape[0]; first += ValidationBatch)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor images = _test.narrow(0, first, Math.Min(ValidationBatch, _test.shape[0] - first)).Beside(network);
            Tensor rounded = Round(network.encode(images));
            sum += Cost(network, images, rounded, rounded).item<float>() * images.shape[0];
        }

        return sum / _test.shape[0];
    }

    public void Dispose() => _test.Dispose();

    private Tensor Round(Tensor latents)
    {
        Tensor steps = latents.detach().div(_price.Step);
        return steps.abs().add_(0.5f - DeadZone).floor_().mul_(steps.sign()).mul_(_price.Step);
    }

    /// <summary>Bits and squared error together, in the unit of the mean squared error of a network's sample.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">[B, D].</param>
    /// <param name="restored">[B, K]: the latents that the decoder gets.</param>
    /// <param name="counted">[B, K]: the latents whose bits are counted.</param>
    private Tensor Cost(RatedAutoencoder network, Tensor images, Tensor restored, Tensor counted)
    {
        double unit = (double)_input.Scale * _input.Scale / _input.Samples;
        Tensor error = nn.functional.mse_loss(network.decode(restored, ModelManifest.ImageHead), images);
        return error.add(network.Bits(counted).mean().mul(_price.Bit * unit));
    }
}

/// <summary>The step of the quantizer that noise stands for, and what a bit may cost.</summary>
/// <param name="Step">In the unit of 8-bit samples.</param>
/// <param name="Bit">Squared error of an image, in the same unit squared, that is worth a bit.</param>
internal sealed record RatePrice(double Step, double Bit)
{
    // At a uniform quantizer's optimum for a Laplacian source at about a bit a latent, and in the units of its step.
    private const double BitInSteps = 0.13;

    /// <summary>Chooses the step at which principal components reach a PSNR, when each latent is worth coding or left out.</summary>
    /// <param name="variances">Variances of the components, descending.</param>
    /// <param name="energy">Variance of an image, summed over its samples.</param>
    /// <param name="error">The squared error of an image to reach.</param>
    public static RatePrice Of(IReadOnlyList<float> variances, double energy, double error)
    {
        double left = energy - variances.Sum(variance => (double)variance);
        double low = 1e-3,
            high = 1e4;
        for (int round = 0; round < 50; round++)
        {
            double middle = Math.Sqrt(low * high);
            // A coded latent's error at low rates, above the twelfth of a step squared of fine quantization.
            double sum = left + variances.Sum(variance => Math.Min(variance, middle * middle / 6));
            (low, high) = sum < error ? (middle, high) : (low, middle);
        }

        return new RatePrice(low, BitInSteps * low * low);
    }
}
