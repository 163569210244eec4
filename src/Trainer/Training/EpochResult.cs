using System.Globalization;

namespace Codec.Trainer.Training;

/// <summary>What came of an epoch.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Loss">Mean over the training batches as they were stepped through.</param>
/// <param name="ValidationLoss">The same over what is held out, at the epoch's end.</param>
internal sealed record EpochResult(int Epoch, double Loss, double ValidationLoss)
{
    /// <summary>The line that is printed after the epoch.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"epoch {Epoch}: loss {Loss:0.000000}, val_loss {ValidationLoss:0.000000}");
}
