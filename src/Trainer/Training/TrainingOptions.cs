using Codec.Trainer.Tensors;

namespace Codec.Trainer.Training;

/// <summary>The options of a training run: the same options over the same images give the same weights.</summary>
internal sealed record TrainingOptions
{
    /// <summary>A description of the network and its initial weights. A checkpoint can be resumed only with the same description.</summary>
    public required string Recipe { get; init; }

    /// <summary>Passes over the training examples, 1 or more.</summary>
    public required int Epochs { get; init; }

    /// <summary>Number of examples in a step, 1 or more.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>The optimizer.</summary>
    public Optimizer Optimizer { get; init; } = Optimizer.Adamax;

    /// <summary>The optimizer's largest rate; Keras's default for Adamax is 0.001.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How the rate changes over the run.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Constant;

    /// <summary>The seed of initial weights, of the order of examples, and of the objective's random numbers.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>
    /// Stop when the validation loss has not fallen for this many epochs, and keep the network of the best; 0 trains all epochs.
    /// </summary>
    public int Patience { get; init; }

    /// <summary>Number of Torch's threads. Small matrix products are faster on one thread than on two, convolutions slower.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Where the network is trained; see <see cref="TorchDevice"/>.</summary>
    public string Device { get; init; } = TorchDevice.Cpu;

    /// <summary>The rate at a point of the run.</summary>
    /// <param name="progress">0 at the first step, 1 after the last.</param>
    public double LearningRateAt(double progress) =>
        Schedule switch
        {
            RateSchedule.Cosine => LearningRate * LearningRates.Cosine(progress),
            _ => LearningRate,
        };
}

/// <summary>An optimizer (Kingma and Ba 2015).</summary>
internal enum Optimizer
{
    /// <summary>Adam's variant with the infinity norm, which the article uses.</summary>
    Adamax,

    /// <summary>Adam.</summary>
    Adam,
}

/// <summary>How a learning rate changes over a run.</summary>
internal enum RateSchedule
{
    /// <summary>It is constant.</summary>
    Constant,

    /// <summary>It falls to zero along half a cosine.</summary>
    Cosine,
}
