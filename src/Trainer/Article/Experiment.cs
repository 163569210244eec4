using TorchSharp;

namespace Codec.Trainer.Article;

/// <summary>One experiment of the article.</summary>
/// <param name="name">Its name in file names and on the command line.</param>
/// <param name="title">What is done, in a few words.</param>
internal abstract class Experiment(string name, string title)
{
    /// <summary>The name in file names and on the command line.</summary>
    public string Name => name;

    /// <summary>What is done, in a few words.</summary>
    public string Title => title;

    /// <summary>Runs the experiment: trains what it needs, or resumes what an earlier run did not complete.</summary>
    /// <returns>The results, without title and time, which the caller adds.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; completed trainings stay in the workshop's folder.</exception>
    public Section Run(Workshop workshop, CancellationToken cancellationToken)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return RunInScope(workshop, cancellationToken);
    }

    /// <summary>Runs the experiment in a dispose scope of its own.</summary>
    protected abstract Section RunInScope(Workshop workshop, CancellationToken cancellationToken);
}
