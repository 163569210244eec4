using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Training;

namespace Codec.Trainer.Recipes;

/// <summary>Trains the convolutional denoiser over a set of images, starting from the best linear one.</summary>
/// <param name="CodeSize">
/// Number of latents. Up to a few hundred, more latents restore more of the image than of the noise; the article has 100.
/// </param>
/// <param name="Noise">Deviation of the noise on the input, for samples that span 1.</param>
/// <param name="Options">How it is trained.</param>
internal sealed record DenoiserRecipe(int CodeSize, double Noise, TrainingOptions Options)
{
    /// <summary>For faces with the article's noise of 0.1.</summary>
    public static DenoiserRecipe Faces(int codeSize, int seed) =>
        new(
            codeSize,
            Noise: 0.1,
            new TrainingOptions
            {
                Recipe = $"convolutional denoiser {codeSize}",
                Epochs = 5,
                BatchSize = 64,
                Optimizer = Optimizer.Adam,
                LearningRate = 2e-3,
                Schedule = RateSchedule.Cosine,
                Seed = seed,
                Threads = 2,
            }
        );

    /// <summary>Prepares the run.</summary>
    /// <param name="images">Training and held-out images.</param>
    /// <param name="checkpoint">The run's checkpoint.</param>
    /// <param name="components">
    /// The clean training images' principal components, at least as many as the code has latents; computed if null.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The code is larger than an image, there are too few images, or the network does not support their size.
    /// </exception>
    public NetworkTraining<ConvolutionalDenoiser> Prepare(Dataset images, Checkpoint checkpoint, PrincipalComponents? components = null)
    {
        PrincipalComponents.CheckCount(images.Train, CodeSize);
        ImageGeometry input = DenseRecipe.Geometry(images.Train);
        ConvolutionalDenoiser Create()
        {
            PrincipalComponents start = components ?? PrincipalComponents.Fit(images.Train, CodeSize, mirrored: true);
            return new ConvolutionalDenoiser(input, start.ToPair(CodeSize, input.Scale, input.Offset, Noise / input.Scale));
        }

        return new NetworkTraining<ConvolutionalDenoiser>(
            Options,
            Create,
            new Reconstruction(images, input, Noise, mirrored: true),
            checkpoint
        );
    }
}
