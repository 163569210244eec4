using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.Images;
using Codec.Trainer.Networks;
using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Training;

/// <summary>The objective of a mask head: to classify each pixel's region from the code, by cross-entropy.</summary>
internal sealed class Segmentation : IObjective<FaceSegmenter>
{
    private const int ValidationBatch = 256;

    // Latents get noise of up to this deviation, in 8-bit samples, as quantization adds at the usual qualities.
    private const float MostQuantizerNoise = 30;

    private readonly ImageGeometry _input;
    private readonly ImageSet _train;
    private readonly Tensor _trainRegions;
    private readonly Tensor _test;
    private readonly Tensor _testRegions;

    /// <summary>Scales the images.</summary>
    /// <param name="images">Training and held-out images, with masks.</param>
    /// <param name="input">Scaling of the network's images.</param>
    /// <exception cref="ArgumentException">The images have no masks.</exception>
    public Segmentation(Dataset images, ImageGeometry input)
    {
        _input = input;
        _trainRegions = Regions(images, images.Train);
        _testRegions = Regions(images, images.Validation);
        _train = images.Train;
        _test = images.Validation.ToTensor(input.Scale, input.Offset);
        Examples =
            $"{images.Name}, {images.Train.Count} of {input.Width}×{input.Height}×{input.Channels} with masks, mirrored, digest {images.Digest.Hex[..16]}";
    }

    /// <inheritdoc/>
    public string Examples { get; }

    /// <inheritdoc/>
    public string Measure => "cross_entropy";

    /// <inheritdoc/>
    public int Count => _train.Count;

    /// <inheritdoc/>
    public Tensor Loss(FaceSegmenter network, Tensor batch)
    {
        Tensor images = _train.ToTensor(batch.data<long>().ToArray(), _input.Scale, _input.Offset).Beside(network),
            regions = _trainRegions.index_select(0, batch).Beside(network); // [B, D], [B, H·W]
        Tensor coin = RandomImages.Coin(images);
        images = where(coin, images, RandomImages.Mirror(images, _input));
        regions = where(coin, regions, RandomImages.Mirror(regions, network.MaskGeometry));
        Tensor latents = network.encode(images); // [B, K]
        latents = latents.add(randn_like(latents).mul_(rand(latents.shape[0], 1, device: latents.device).mul_(MostQuantizerNoise)));
        return CrossEntropy(network.scores(latents), regions);
    }

    /// <inheritdoc/>
    public double Validate(FaceSegmenter network)
    {
        double sum = 0;
        for (long first = 0; first < _test.shape[0]; first += ValidationBatch)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(ValidationBatch, _test.shape[0] - first);
            Tensor scores = network.scores(network.encode(_test.narrow(0, first, count).Beside(network)));
            sum += CrossEntropy(scores, _testRegions.narrow(0, first, count).Beside(network)).item<float>() * count;
        }

        return sum / _test.shape[0];
    }

    public void Dispose()
    {
        _trainRegions.Dispose();
        _test.Dispose();
        _testRegions.Dispose();
    }

    private static Tensor CrossEntropy(Tensor scores, Tensor regions) =>
        nn.functional.cross_entropy(scores.flatten(0, 1), regions.flatten()); // [B·H·W, regions], [B·H·W]

    private static Tensor Regions(Dataset images, ImageSet set)
    {
        if (set.Masks is null)
            throw new ArgumentException($"{images.Name} has no masks; use --source synthetic, which has them.", nameof(images));
        long[] regions = [.. set.Masks.SelectMany(mask => mask.Parts.Select(part => (long)FaceRegions.Of(part)))];
        return from_array(regions).reshape(set.Count, -1);
    }
}
