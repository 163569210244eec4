using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Training;

namespace Codec.Trainer.Recipes;

/// <summary>A schedule of the dense autoencoder.</summary>
internal enum DenseSchedule
{
    /// <summary>The article's: from random weights, Adamax at a constant rate.</summary>
    Article,

    /// <summary>The trainer's own: from principal components, at a small rate that falls to zero. It reaches a lower error.</summary>
    Product,
}

/// <summary>Trains the article's dense autoencoder over a set of images.</summary>
/// <param name="Schedule">Its initial weights and rates.</param>
/// <param name="CodeSize">Latents, 1 to the image's samples.</param>
/// <param name="Options">How it is trained.</param>
/// <param name="Noise">Deviation of the noise on the input, for samples that span 1; 0 for none.</param>
internal sealed record DenseRecipe(DenseSchedule Schedule, int CodeSize, TrainingOptions Options, double Noise = 0)
{
    /// <summary>A byte b becomes b · scale + offset, from −0.5 to 0.5, as in the article.</summary>
    public const float Scale = 1 / 255f;

    /// <summary>See <see cref="Scale"/>.</summary>
    public const float Offset = -0.5f;

    // From this code size on, products are large enough to gain from a second thread.
    private const int LargeCode = 256;

    /// <summary>The article's schedule for a code size.</summary>
    public static DenseRecipe Article(int codeSize, int seed) =>
        new(
            DenseSchedule.Article,
            codeSize,
            new TrainingOptions
            {
                Recipe = $"dense {codeSize}, article",
                Epochs = 20,
                Seed = seed,
                Threads = codeSize < LargeCode ? 1 : 2,
            }
        );

    /// <summary>The trainer's own schedule for a code size; larger rates would only leave the minimum near which it starts.</summary>
    public static DenseRecipe Product(int codeSize, int seed) =>
        new(
            DenseSchedule.Product,
            codeSize,
            new TrainingOptions
            {
                Recipe = $"dense {codeSize}, product",
                Epochs = 5,
                BatchSize = 256,
                LearningRate = 1e-5,
                Schedule = RateSchedule.Cosine,
                Seed = seed,
                Threads = codeSize < LargeCode ? 1 : 2,
            }
        );

    /// <summary>Shape and scaling of a set's images.</summary>
    public static ImageGeometry Geometry(ImageSet images) => new(images.Width, images.Height, images.Channels, Scale, Offset);

    /// <summary>Prepares the run.</summary>
    /// <param name="images">Training and held-out images.</param>
    /// <param name="checkpoint">The run's checkpoint.</param>
    /// <param name="start">The initial weights of the trainer's own schedule; null for the images' principal components.</param>
    /// <exception cref="ArgumentException">The code is larger than an image, or there are too few images.</exception>
    public NetworkTraining<DenseAutoencoder> Prepare(Dataset images, Checkpoint checkpoint, LinearPair? start = null)
    {
        PrincipalComponents.CheckCount(images.Train, CodeSize);
        ImageGeometry input = Geometry(images.Train);
        return new NetworkTraining<DenseAutoencoder>(
            Options,
            () => Create(images.Train, input, start),
            new Reconstruction(images, input, Noise),
            checkpoint
        );
    }

    private DenseAutoencoder Create(ImageSet train, ImageGeometry input, LinearPair? start)
    {
        var network = new DenseAutoencoder(input, CodeSize);
        if (Schedule == DenseSchedule.Product)
            network.StartFrom(start ?? PrincipalComponents.Fit(train, CodeSize, mirrored: false).ToPair(CodeSize, Scale, Offset));
        return network;
    }
}
