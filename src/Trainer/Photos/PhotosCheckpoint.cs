using Codec.Entropy;
using Codec.Trainer.Display;
using Codec.Trainer.Priors;
using Codec.Trainer.Training;

namespace Codec.Trainer.Photos;

/// <summary>Keeps the complete qualities of a training on photographs, so that a stopped run resumes after them.</summary>
/// <param name="checkpoint">The file.</param>
/// <param name="run">The run that it belongs to.</param>
internal sealed class PhotosCheckpoint(Checkpoint checkpoint, PhotosRun run)
{
    /// <summary>Reads the complete qualities; none if there is no checkpoint.</summary>
    /// <param name="rule">The rule of the model.</param>
    /// <param name="display">Says what is resumed.</param>
    /// <exception cref="TrainingStoppedException">The checkpoint belongs to another run.</exception>
    public List<QualityDraft> Resume(GridRule rule, StageDisplay display)
    {
        var drafts = new List<QualityDraft>();
        if (!checkpoint.Exists)
            return drafts;
        var read = new Dictionary<string, Action<Stream>>
        {
            ["qualities"] = stream => drafts.AddRange(QualityDraft.ReadAll(stream, LappedTransform.Coefficients, rule)),
        };
        if (!checkpoint.Load<PhotosRun>(read).Equals(run))
        {
            throw new TrainingStoppedException(
                $"The checkpoint {checkpoint.Path} belongs to another run, of other photographs or options; --fresh starts again."
            );
        }

        display.Line($"Resumes after {drafts.Count} qualities ({checkpoint.Path}; --fresh starts again).");
        return drafts;
    }

    /// <summary>Replaces the checkpoint.</summary>
    public void Save(List<QualityDraft> drafts) =>
        checkpoint.Save(run, new Dictionary<string, Action<Stream>> { ["qualities"] = stream => QualityDraft.WriteAll(stream, drafts) });
}

/// <summary>The parameters that must be equal for a run to be resumed.</summary>
internal sealed record PhotosRun(double Lambda, int Adaptation, int Epochs, int Seed, int Photos, string Data, double[] Steps, int[] Coded)
{
    /// <summary>The version of the model at whose tables the training starts; null for none.</summary>
    public string? Start { get; init; }

    /// <summary>Whether colours are predicted from the luminance.</summary>
    public bool PredictColours { get; init; }

    public bool Equals(PhotosRun? other) =>
        other is not null
        && (Lambda, Adaptation, Epochs, Seed, Photos, Data, Start, PredictColours)
            == (other.Lambda, other.Adaptation, other.Epochs, other.Seed, other.Photos, other.Data, other.Start, other.PredictColours)
        && Steps.SequenceEqual(other.Steps)
        && Coded.SequenceEqual(other.Coded);

    public override int GetHashCode() => HashCode.Combine(Lambda, Adaptation, Epochs, Seed, Photos, Start);
}
