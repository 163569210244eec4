using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Training;

namespace Codec.Trainer.Recipes;

/// <summary>Trains the convolutional autoencoder over a set of images, starting from principal components.</summary>
/// <param name="CodeSize">Latents, 1 to the image's samples.</param>
/// <param name="Widths">The widths of the network.</param>
/// <param name="Mirrored">Whether mirror images are examples too: true for faces, false for digits.</param>
/// <param name="Options">How it is trained.</param>
internal sealed record ConvolutionalRecipe(int CodeSize, ConvolutionalWidths Widths, bool Mirrored, TrainingOptions Options)
{
    /// <summary>For faces: about a minute and a half on two cores.</summary>
    public static ConvolutionalRecipe Faces(int codeSize, int seed) =>
        new(codeSize, ConvolutionalWidths.Photographs, Mirrored: true, Plan($"convolutional {codeSize}", 12, seed));

    /// <summary>For MNIST's digits.</summary>
    public static ConvolutionalRecipe Digits(int codeSize, int seed) =>
        new(codeSize, ConvolutionalWidths.Digits, Mirrored: false, Plan($"convolutional {codeSize}, digits", 3, seed));

    /// <summary>Prepares the run.</summary>
    /// <param name="images">Training and held-out images.</param>
    /// <param name="checkpoint">The run's checkpoint.</param>
    /// <param name="components">
    /// The training images' principal components, at least as many as the code has latents; computed if null.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The code is larger than an image, there are too few images, or the network does not support their size.
    /// </exception>
    public NetworkTraining<ConvolutionalAutoencoder> Prepare(Dataset images, Checkpoint checkpoint, PrincipalComponents? components = null)
    {
        PrincipalComponents.CheckCount(images.Train, CodeSize);
        ImageGeometry input = DenseRecipe.Geometry(images.Train);
        ConvolutionalAutoencoder Create()
        {
            PrincipalComponents start = components ?? PrincipalComponents.Fit(images.Train, CodeSize, Mirrored);
            return new ConvolutionalAutoencoder(
                input,
                start.ToPair(CodeSize, input.Scale, input.Offset),
                start.Deviations(CodeSize),
                Widths
            );
        }

        return new NetworkTraining<ConvolutionalAutoencoder>(
            Options,
            Create,
            new Reconstruction(images, input, mirrored: Mirrored),
            checkpoint
        );
    }

    private static TrainingOptions Plan(string recipe, int epochs, int seed) =>
        new()
        {
            Recipe = recipe,
            Epochs = epochs,
            BatchSize = 64,
            Optimizer = Optimizer.Adam,
            LearningRate = 2e-3,
            Schedule = RateSchedule.Cosine,
            Seed = seed,
            Threads = 2,
        };
}
