using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Training;

namespace Codec.Trainer.Recipes;

/// <summary>Trains one encoder of two people's faces, with a head for each.</summary>
/// <param name="CodeSize">Number of latents: small, so that the code contains only what faces have in common.</param>
/// <param name="People">Two labels of the set (<see cref="SwapFaces.Choose"/>).</param>
/// <param name="Options">How it is trained.</param>
internal sealed record SwapRecipe(int CodeSize, string[] People, TrainingOptions Options)
{
    /// <summary>For faces; the people are chosen from the set.</summary>
    public static SwapRecipe Faces(int codeSize, int seed) =>
        new(
            codeSize,
            [],
            new TrainingOptions
            {
                Recipe = $"swap {codeSize}",
                Epochs = 6,
                BatchSize = 64,
                Optimizer = Optimizer.Adam,
                LearningRate = 1e-3,
                Schedule = RateSchedule.Cosine,
                Seed = seed,
                Threads = 2,
            }
        );

    /// <summary>The head that paints a person: <c>George_W_Bush</c> → <c>george-w-bush</c>.</summary>
    public static string HeadOf(string person) =>
        string.Concat(person.ToLowerInvariant().Select(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' ? c : '-'))
            .TrimStart('-', '.')
            is { Length: > 0 } name
            ? name[..Math.Min(name.Length, 64)]
            : "person";

    /// <summary>Prepares the run.</summary>
    /// <param name="images">Photographs of the two people, and of others, on which the linear code is fitted too.</param>
    /// <param name="checkpoint">The run's checkpoint.</param>
    /// <param name="components">
    /// The training images' principal components, at least as many as the code has latents; computed if null.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A person is not in the set, the code is larger than an image, there are too few images, or the network does not support their size.
    /// </exception>
    public NetworkTraining<ConvolutionalAutoencoder> Prepare(Dataset images, Checkpoint checkpoint, PrincipalComponents? components = null)
    {
        PrincipalComponents.CheckCount(images.Train, CodeSize);
        ImageGeometry input = DenseRecipe.Geometry(images.Train);
        string[] heads = [.. People.Select(HeadOf)];
        ConvolutionalAutoencoder Create()
        {
            PrincipalComponents start = components ?? PrincipalComponents.Fit(images.Train, CodeSize, mirrored: true);
            LinearPair code = start.ToPair(CodeSize, input.Scale, input.Offset);
            return new ConvolutionalAutoencoder(
                input,
                code,
                start.Deviations(CodeSize),
                ConvolutionalWidths.Photographs,
                [ModelManifest.ImageHead, .. heads]
            );
        }

        return new NetworkTraining<ConvolutionalAutoencoder>(Options, Create, new FaceSwap(images, input, People, heads), checkpoint);
    }
}
