namespace Codec.Trainer.Training;

/// <summary>What decides a training run: the same options over the same images give the same weights.</summary>
internal sealed record TrainingOptions
{
    /// <summary>The network and what it starts from, in words; a checkpoint goes on only with the same.</summary>
    public required string Recipe { get; init; }

    /// <summary>Passes over the training examples, 1 or more.</summary>
    public required int Epochs { get; init; }

    /// <summary>Examples a step, 1 or more.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>How gradients become steps.</summary>
    public Optimizer Optimizer { get; init; } = Optimizer.Adamax;

    /// <summary>The optimizer's rate at its highest; Keras's default for Adamax is 0.001.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How the rate moves over the run.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Constant;

    /// <summary>Of weights, shuffling, and whatever an objective draws.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Torch's threads. Small matrix products run faster on one than on two; convolutions gain.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The rate at a point of the run.</summary>
    /// <param name="progress">0 at the first step, 1 after the last.</param>
    public double LearningRateAt(double progress) =>
        Schedule switch
        {
            RateSchedule.Cosine => LearningRate * (1 + Math.Cos(Math.PI * progress)) / 2,
            _ => LearningRate,
        };
}

/// <summary>How gradients become steps (Kingma and Ba 2015).</summary>
internal enum Optimizer
{
    /// <summary>Adam's variant by the largest gradient: the article's.</summary>
    Adamax,

    /// <summary>Adam.</summary>
    Adam,
}

/// <summary>How a learning rate moves over a run.</summary>
internal enum RateSchedule
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>Half a cosine, down to zero.</summary>
    Cosine,
}
