using System.Globalization;

namespace Codec.Trainer.Training;

/// <summary>The result of an epoch.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Loss">Mean loss of the training batches, each before its step.</param>
/// <param name="ValidationLoss">Mean loss of the held-out examples at the epoch's end.</param>
internal sealed record EpochResult(int Epoch, double Loss, double ValidationLoss)
{
    /// <summary>The line that is printed after the epoch.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"epoch {Epoch}: loss {Loss:0.000000}, val_loss {ValidationLoss:0.000000}");
}
