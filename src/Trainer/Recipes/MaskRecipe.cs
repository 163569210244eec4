using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Training;

namespace Codec.Trainer.Recipes;

/// <summary>Trains a head that computes the regions of faces, over a linear code.</summary>
/// <param name="CodeSize">Number of latents. Hair differs from the background in detail, which a small code does not contain.</param>
/// <param name="Options">How the mask head is trained.</param>
internal sealed record MaskRecipe(int CodeSize, TrainingOptions Options)
{
    /// <summary>For synthetic faces.</summary>
    public static MaskRecipe Faces(int codeSize, int seed) =>
        new(
            codeSize,
            new TrainingOptions
            {
                Recipe = $"mask over {codeSize}",
                Epochs = 8,
                BatchSize = 64,
                Optimizer = Optimizer.Adam,
                LearningRate = 3e-3,
                Schedule = RateSchedule.Cosine,
                Seed = seed,
                Threads = 2,
            }
        );

    /// <summary>Prepares the run.</summary>
    /// <param name="images">Training and held-out images, with masks.</param>
    /// <param name="checkpoint">The run's checkpoint.</param>
    /// <exception cref="ArgumentException">
    /// There are no masks, the code is larger than an image, there are too few images, or the network does not support their size.
    /// </exception>
    public NetworkTraining<FaceSegmenter> Prepare(Dataset images, Checkpoint checkpoint)
    {
        PrincipalComponents.CheckCount(images.Train, CodeSize);
        ImageGeometry input = DenseRecipe.Geometry(images.Train);
        FaceSegmenter Create()
        {
            var start = PrincipalComponents.Fit(images.Train, CodeSize, mirrored: true);
            return new FaceSegmenter(input, start.ToPair(CodeSize, input.Scale, input.Offset), start.Deviations(CodeSize));
        }

        return new NetworkTraining<FaceSegmenter>(Options, Create, new Segmentation(images, input), checkpoint);
    }
}
