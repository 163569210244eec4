using System.Globalization;
using Codec.Trainer.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.utils.tensorboard;

namespace Codec.Trainer.Runs;

/// <summary>Writes the curves of a training: <c>curves.csv</c>, and events for TensorBoard in <c>events/</c>.</summary>
internal sealed class RunCurves
{
    private readonly string _csv;
    private readonly SummaryWriter _events;

    /// <summary>Opens the files; a run that starts again begins new ones.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="fresh">Whether the run starts again.</param>
    public RunCurves(string folder, bool fresh)
    {
        _csv = Path.Combine(folder, "curves.csv");
        string events = Path.Combine(folder, "events");
        if (fresh || !File.Exists(_csv))
        {
            File.WriteAllText(_csv, "epoch,loss,validation_loss,seconds\n");
            if (Directory.Exists(events))
                Directory.Delete(events, recursive: true);
        }

        _events = SummaryWriter(events, createRunName: false);
    }

    /// <summary>Appends an epoch.</summary>
    /// <param name="epoch">Its losses.</param>
    /// <param name="seconds">Its time.</param>
    public void Add(EpochResult epoch, double seconds)
    {
        File.AppendAllText(
            _csv,
            string.Create(CultureInfo.InvariantCulture, $"{epoch.Epoch},{epoch.Loss:R},{epoch.ValidationLoss:R},{seconds:0.00}\n")
        );
        _events.add_scalar("loss", (float)epoch.Loss, epoch.Epoch);
        _events.add_scalar("validation loss", (float)epoch.ValidationLoss, epoch.Epoch);
    }
}
