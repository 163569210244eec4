using static TorchSharp.torch;

namespace Codec.Trainer.Training;

/// <summary>What a network is to learn: examples, what counts as loss over them, and what is held out to check.</summary>
internal interface IObjective<in TNetwork> : IDisposable
{
    /// <summary>The examples in words: set, size, number, and what is done to them; a checkpoint goes on only with the same.</summary>
    string Examples { get; }

    /// <summary>Training examples.</summary>
    int Count { get; }

    /// <summary>The mean loss over a batch.</summary>
    /// <param name="network">In training mode.</param>
    /// <param name="batch">Indices of examples: [B], 64-bit integers.</param>
    /// <returns>A scalar to differentiate.</returns>
    /// <remarks>
    /// What it draws, it draws from Torch's own generator, which each epoch seeds anew: fresh every epoch, and the same after a resume.
    /// </remarks>
    Tensor Loss(TNetwork network, Tensor batch);

    /// <summary>The mean loss over what is held out; draws nothing.</summary>
    /// <param name="network">In evaluation mode, without gradients.</param>
    double Validate(TNetwork network);
}
