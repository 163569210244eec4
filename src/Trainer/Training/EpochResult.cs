namespace Codec.Trainer.Training;

/// <summary>What came of an epoch.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Loss">Mean over the training batches as they were stepped through.</param>
/// <param name="ValidationLoss">The same over what is held out, at the epoch's end.</param>
internal sealed record EpochResult(int Epoch, double Loss, double ValidationLoss);
