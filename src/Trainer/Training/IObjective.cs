using static TorchSharp.torch;

namespace Codec.Trainer.Training;

/// <summary>The objective of a training: training examples, a loss over them, and held-out examples for validation.</summary>
internal interface IObjective<in TNetwork> : IDisposable
{
    /// <summary>
    /// A description of the examples: set, size, number, and how they are changed. A checkpoint can be resumed only with the same
    /// description.
    /// </summary>
    string Examples { get; }

    /// <summary>The number of training examples.</summary>
    int Count { get; }

    /// <summary>The mean loss over a batch.</summary>
    /// <param name="network">In training mode.</param>
    /// <param name="batch">Indices of examples: [B], 64-bit integers.</param>
    /// <returns>A scalar to differentiate.</returns>
    /// <remarks>
    /// Random numbers come from Torch's generator, which is seeded at the start of each epoch: they differ between epochs, and are the same
    /// after a resume.
    /// </remarks>
    Tensor Loss(TNetwork network, Tensor batch);

    /// <summary>What <see cref="Validate"/> computes, in a word for a file of figures: <c>mse</c>.</summary>
    string Measure => "mse";

    /// <summary>The mean loss over the held-out examples; uses no random numbers.</summary>
    /// <param name="network">In evaluation mode, without gradients.</param>
    double Validate(TNetwork network);
}
