using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Images;
using Codec.Trainer.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Training;

/// <summary>
/// The objective of a face swap: of photographs of two people, the head named after each person gives that person's back, and the usual
/// head gives either's. A head that has only ever painted one person paints that person from the other's code too.
/// </summary>
/// <remarks>
/// For that the code must say what both faces have in common (pose, expression, light) and not whose they are. So the two people's latents
/// are held to the same mean and deviation, and the encoder sees each photograph bent a little at random.
/// </remarks>
internal sealed class FaceSwap : IObjective<ConvolutionalAutoencoder>
{
    // A photograph is met as often in an epoch, differently bent every time: there are few, and a checkpoint is written after each epoch.
    private const int Repeats = 10;

    // Weight of the distance between the two people's latents, whose unit is a deviation, against that of images, which is 1 wide.
    private const double LikenessWeight = 0.02;

    private readonly ImageGeometry _input;
    private readonly string[] _heads;
    private readonly Tensor[] _train;
    private readonly Tensor[] _test;

    /// <summary>Scales the photographs.</summary>
    /// <param name="images">What to learn from, and what is held out; photographs of others are left aside.</param>
    /// <param name="input">Scaling of the network's images.</param>
    /// <param name="people">Two labels of the set.</param>
    /// <param name="heads">The heads' names, in the same order.</param>
    /// <exception cref="ArgumentException">The set has too few photographs of one of them.</exception>
    public FaceSwap(Dataset images, ImageGeometry input, string[] people, string[] heads)
    {
        _input = input;
        _heads = heads;
        _train = [.. people.Select(person => Of(person, images.Train, images.Name, input))];
        _test = [.. people.Select(person => Of(person, images.Test, images.Name, input))];
        Examples = FormattableString.Invariant(
            $"{images.Name}, {string.Join(" and ", people.Select((person, i) => $"{_train[i].shape[0]} of {person}"))}, {input.Width}×{input.Height}×{input.Channels}, bent"
        );
    }

    /// <inheritdoc/>
    public string Examples { get; }

    /// <inheritdoc/>
    public int Count => Repeats * (int)_train.Sum(person => person.shape[0]);

    /// <inheritdoc/>
    public Tensor Loss(ConvolutionalAutoencoder network, Tensor batch)
    {
        // As many of each person, whoever has more photographs: the code must favour neither. A deviation needs two.
        long each = Math.Max(2, batch.shape[0] / _train.Length);
        Tensor loss = zeros(1);
        var latents = new Tensor[_train.Length];
        for (int person = 0; person < _train.Length; person++)
        {
            Tensor images = Draw(_train[person], each); // [B/2, D]
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
            sum += nn.functional.mse_loss(network.decode(network.encode(_test[person]), _heads[person]), _test[person]).item<float>();
        return sum / _test.Length;
    }

    public void Dispose()
    {
        foreach (Tensor photographs in _train.Concat(_test))
            photographs.Dispose();
    }

    private Tensor Draw(Tensor photographs, long count)
    {
        Tensor images = photographs.index_select(0, randint(photographs.shape[0], [count]));
        images = where(RandomImages.Coin(images), images, RandomImages.Mirror(images, _input));
        return RandomImages.Move(images, _input);
    }

    private static Tensor Of(string person, ImageSet images, string set, ImageGeometry input)
    {
        long[] indices = [.. Enumerable.Range(0, images.Count).Where(i => images.Labels[i] == person).Select(i => (long)i)];
        if (indices.Length == 0)
        {
            throw new ArgumentException(
                $"{set} has no photograph of {person} among those to learn from, or none among those held out; choose another person."
            );
        }

        using DisposeScope scope = NewDisposeScope();
        return images.ToTensor(input.Scale, input.Offset).index_select(0, from_array(indices)).MoveToOuterDisposeScope();
    }
}
