namespace Codec.Trainer.Article;

/// <summary>One step of the article.</summary>
/// <param name="name">Of files, and on the command line.</param>
/// <param name="title">What is done, in a few words.</param>
internal abstract class Experiment(string name, string title)
{
    /// <summary>Its name: of files, and on the command line.</summary>
    public string Name => name;

    /// <summary>What is done, in a few words.</summary>
    public string Title => title;

    /// <summary>Runs it: trains what it needs, or goes on where a run before was stopped.</summary>
    /// <returns>What came of it; whoever runs it adds title and time.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; what was completed is kept.</exception>
    public abstract Section Run(Workshop workshop, CancellationToken cancellationToken);
}
