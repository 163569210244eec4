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
/// The objective of a face swap over photographs of two people: the head named after a person restores that person's photographs, and the
/// image head restores both people's. Since a person's head has been trained on that person only, it paints the same person from the
/// other's code.
/// </summary>
/// <remarks>
/// That works only if the code contains what the two faces have in common (pose, expression, light) and not the identity. So a penalty
/// keeps the means and deviations of the two people's latents equal, and the encoder receives randomly distorted photographs.
/// </remarks>
internal sealed class FaceSwap : IObjective<ConvolutionalAutoencoder>
{
    // Every photograph is used this often in an epoch, with another distortion each time. There are few photographs, and a checkpoint is
    // written after each epoch.
    private const int Repeats = 10;

    // Weight of the penalty on the two people's latents, in deviations, against the squared error of images whose samples span 1.
    private const double LikenessWeight = 0.02;

    private readonly ImageGeometry _input;
    private readonly string[] _heads;
    private readonly Tensor[] _train;
    private readonly Tensor[] _test;

    /// <summary>Scales the photographs.</summary>
    /// <param name="images">Training and held-out images; photographs of other people are ignored.</param>
    /// <param name="input">Scaling of the network's images.</param>
    /// <param name="people">Two labels of the set.</param>
    /// <param name="heads">The heads' names, in the same order.</param>
    /// <exception cref="ArgumentException">The set has too few photographs of one of the people.</exception>
    public FaceSwap(Dataset images, ImageGeometry input, string[] people, string[] heads)
    {
        _input = input;
        _heads = heads;
        _train = [.. people.Select(person => Of(person, images.Train, images.Name, input))];
        _test = [.. people.Select(person => Of(person, images.Validation, images.Name, input))];
        Examples = FormattableString.Invariant(
            $"{images.Name}, {string.Join(" and ", people.Select((person, i) => $"{_train[i].shape[0]} of {person}"))}, {input.Width}×{input.Height}×{input.Channels}, bent, digest {images.Digest.Hex[..16]}"
        );
    }

    /// <inheritdoc/>
    public string Examples { get; }

    /// <inheritdoc/>
    public int Count => Repeats * (int)_train.Sum(person => person.shape[0]);

    /// <inheritdoc/>
    public Tensor Loss(ConvolutionalAutoencoder network, Tensor batch)
    {
        // The same number of each person, so that the code favours neither; at least two, which a deviation needs.
        long each = Math.Max(2, batch.shape[0] / _train.Length);
        Tensor loss = zeros(1).Beside(network);
        var latents = new Tensor[_train.Length];
        for (int person = 0; person < _train.Length; person++)
        {
            Tensor images = Draw(_train[person].Beside(network), each); // [B/2, D]
            latents[person] = network.encode(RandomImages.Bend(images, _input)); // [B/2, K]
            foreach (string head in new[] { _heads[person], ModelManifest.ImageHead })
                loss = loss.add(nn.functional.mse_loss(network.decode(latents[person], head), images));
        }

        Tensor[] units = [.. latents.Select(network.Normalize)];
        Tensor likeness = units[0]
            .mean([0L])
            .sub(units[1].mean([0L]))
            .square()
            .mean()
            .add(units[0].std(0L).sub(units[1].std(0L)).square().mean());
        return loss.add(likeness.mul(LikenessWeight));
    }

    /// <inheritdoc/>
    public double Validate(ConvolutionalAutoencoder network)
    {
        double sum = 0;
        for (int person = 0; person < _test.Length; person++)
        {
            Tensor photographs = _test[person].Beside(network);
            sum += nn.functional.mse_loss(network.decode(network.encode(photographs), _heads[person]), photographs).item<float>();
        }

        return sum / _test.Length;
    }

    public void Dispose()
    {
        foreach (Tensor photographs in _train.Concat(_test))
            photographs.Dispose();
    }

    private Tensor Draw(Tensor photographs, long count)
    {
        Tensor images = photographs.index_select(0, randint(photographs.shape[0], [count], device: photographs.device));
        images = where(RandomImages.Coin(images), images, RandomImages.Mirror(images, _input));
        return RandomImages.Move(images, _input);
    }

    private static Tensor Of(string person, ImageSet images, string set, ImageGeometry input)
    {
        long[] indices = [.. Enumerable.Range(0, images.Count).Where(i => images.Labels[i] == person).Select(i => (long)i)];
        if (indices.Length == 0)
        {
            throw new ArgumentException(
                $"{set} needs at least one training and one held-out photograph of {person}; choose another person."
            );
        }

        return images.ToTensor(indices, input.Scale, input.Offset);
    }
}
