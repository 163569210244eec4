using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Training;

namespace Codec.Trainer.Recipes;

/// <summary>The convolutional denoiser over a set of images, from the best linear one.</summary>
/// <param name="CodeSize">Latents: more than the article's 100 keep more of the image than of the noise, up to a few hundred.</param>
/// <param name="Noise">Deviation of the noise on its input, images being 1 wide.</param>
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
    /// <param name="images">What to learn from, and what is held out.</param>
    /// <param name="checkpoint">Where the run is kept.</param>
    /// <param name="components">
    /// The clean training images' principal components, at least as many as the code's latents; found first when null.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The code is larger than an image, there are too few images, or their sides do not suit.
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
