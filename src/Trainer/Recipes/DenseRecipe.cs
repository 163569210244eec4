using Codec.Datasets;
using Codec.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using Codec.Trainer.Training;

namespace Codec.Trainer.Recipes;

/// <summary>How the dense autoencoder is trained.</summary>
internal enum DenseSchedule
{
    /// <summary>As the article does: from random weights, Adamax at a constant rate.</summary>
    Article,

    /// <summary>From principal components, with a small rate that falls to zero: the floor that the article's run does not reach.</summary>
    Product,
}

/// <summary>The article's dense autoencoder over a set of images.</summary>
/// <param name="Schedule">Where it starts and how it steps.</param>
/// <param name="CodeSize">Latents, 1 to the image's samples.</param>
/// <param name="Options">How it is trained.</param>
/// <param name="Noise">Deviation of the noise on its input, images being 1 wide; 0 for none.</param>
internal sealed record DenseRecipe(DenseSchedule Schedule, int CodeSize, TrainingOptions Options, double Noise = 0)
{
    /// <summary>How images reach the networks: −0.5 to 0.5, as in the article.</summary>
    public const float Scale = 1 / 255f;

    /// <summary>See <see cref="Scale"/>.</summary>
    public const float Offset = -0.5f;

    // From here on products are large enough to gain from a second thread.
    private const int LargeCode = 256;

    /// <summary>The article's figures for a code size.</summary>
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

    /// <summary>The product's figures for a code size: larger steps would only leave the minimum that it starts near.</summary>
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
    /// <param name="images">What to learn from, and what is held out.</param>
    /// <param name="checkpoint">Where the run is kept.</param>
    /// <param name="start">What the product's schedule starts from; the images' principal components, found first, when null.</param>
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
