namespace Codec.Trainer.Training;

/// <summary>Training cannot continue. The message states the reason, what was kept, and what to do.</summary>
internal sealed class TrainingStoppedException : Exception
{
    public TrainingStoppedException(string message)
        : base(message) { }

    public TrainingStoppedException(string message, Exception inner)
        : base(message, inner) { }
}
