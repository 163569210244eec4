namespace Codec.Trainer.Training;

/// <summary>How the dense autoencoder is trained.</summary>
internal enum DenseSchedule
{
    /// <summary>As the article does: from random weights, Adamax at a constant rate.</summary>
    Article,

    /// <summary>From principal components, with a small rate that falls to zero: the floor that the article's run does not reach.</summary>
    Product,
}

/// <summary>What decides a training run: the same options over the same images give the same weights.</summary>
/// <param name="Schedule">Where it starts and how it steps.</param>
/// <param name="CodeSize">Latents, 1 to the image's samples.</param>
/// <param name="Epochs">Passes over the training images, 1 or more.</param>
/// <param name="BatchSize">Images a step, 1 or more.</param>
/// <param name="LearningRate">Adamax's; Keras's default is 0.001.</param>
/// <param name="Seed">Of weights and shuffling.</param>
internal sealed record DenseOptions(DenseSchedule Schedule, int CodeSize, int Epochs, int BatchSize, double LearningRate, int Seed)
{
    /// <summary>The article's figures for a code size.</summary>
    public static DenseOptions Article(int codeSize, int seed) => new(DenseSchedule.Article, codeSize, Epochs: 20, BatchSize: 32, LearningRate: 1e-3, seed);

    /// <summary>The product's figures for a code size: larger steps would only leave the minimum that it starts near.</summary>
    public static DenseOptions Product(int codeSize, int seed) => new(DenseSchedule.Product, codeSize, Epochs: 5, BatchSize: 256, LearningRate: 1e-5, seed);

    /// <summary>The rate of an epoch, counted from 0.</summary>
    public double LearningRateAt(int epoch) => Schedule switch
    {
        DenseSchedule.Product => LearningRate * (1 + Math.Cos(Math.PI * epoch / Epochs)) / 2,
        _ => LearningRate,
    };
}

/// <summary>What came of an epoch.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Loss">Mean squared error over the training batches as they were stepped through, images scaled to a width of 1.</param>
/// <param name="ValidationLoss">The same over the held-out images at the epoch's end.</param>
internal sealed record EpochResult(int Epoch, double Loss, double ValidationLoss);
