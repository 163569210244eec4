using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.Images;
using Codec.Trainer.Networks;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Training;

/// <summary>
/// The objective of an autoencoder: to restore each image, by mean squared error. A denoiser's input has new noise in every epoch.
/// </summary>
internal sealed class Reconstruction : IObjective<CodecNetwork>
{
    private const int ValidationBatch = 256;
    private const ulong HeldOutNoiseSeed = 20;

    private readonly double _noise;
    private readonly ImageGeometry? _mirrored;
    private readonly ImageSet _train;
    private readonly ImageGeometry _input;
    private readonly Tensor _test;
    private readonly Tensor _testInput;

    /// <summary>Scales the images.</summary>
    /// <param name="images">Training and held-out images.</param>
    /// <param name="input">Scaling of the network's images.</param>
    /// <param name="noise">Deviation of the Gaussian noise on the input, in the network's scale; 0 for none.</param>
    /// <param name="mirrored">Whether each use of an image takes, at random, the image or its mirror image.</param>
    public Reconstruction(Dataset images, ImageGeometry input, double noise = 0, bool mirrored = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(noise);
        _noise = noise;
        _mirrored = mirrored ? input : null;
        (_train, _input) = (images.Train, input);
        _test = images.Validation.ToTensor(images.Validation.Spread(), input.Scale, input.Offset);
        _testInput = noise > 0 ? Noisy(_test, noise) : _test.alias();
        Examples = FormattableString.Invariant(
            $"{images.Name}, {images.Train.Count} of {input.Width}×{input.Height}×{input.Channels}, noise {noise}{(mirrored ? ", mirrored" : "")}, digest {images.Digest.Hex[..16]}"
        );
    }

    /// <inheritdoc/>
    public string Examples { get; }

    /// <inheritdoc/>
    public int Count => _train.Count;

    /// <summary>Adds noise that is the same in every call, so that denoisers are measured on the same images.</summary>
    /// <param name="images">[N, D], scaled.</param>
    /// <param name="deviation">Deviation of the noise, in the images' scale.</param>
    /// <returns>[N, D], owned by the caller; not clipped.</returns>
    public static Tensor Noisy(Tensor images, double deviation)
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(HeldOutNoiseSeed);
        return randn(images.shape, generator: generator).mul_(deviation).add_(images).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Loss(CodecNetwork network, Tensor batch)
    {
        Tensor images = _train.ToTensor(batch.data<long>().ToArray(), _input.Scale, _input.Offset).Beside(network); // [B, D]
        if (_mirrored is not null)
            images = where(RandomImages.Coin(images), images, RandomImages.Mirror(images, _mirrored));
        Tensor input = _noise > 0 ? randn_like(images).mul_(_noise).add_(images) : images;
        return nn.functional.mse_loss(network.forward(input), images);
    }

    /// <inheritdoc/>
    public double Validate(CodecNetwork network)
    {
        double sum = 0;
        for (long first = 0; first < _test.shape[0]; first += ValidationBatch)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(ValidationBatch, _test.shape[0] - first);
            Tensor restored = network.forward(_testInput.narrow(0, first, count).Beside(network));
            sum += nn.functional.mse_loss(restored, _test.narrow(0, first, count).Beside(network)).item<float>() * count;
        }

        return sum / _test.shape[0];
    }

    public void Dispose()
    {
        _testInput.Dispose();
        _test.Dispose();
    }
}
