namespace Codec.Trainer.Article;

/// <summary>One step of the article.</summary>
internal interface IExperiment
{
    /// <summary>Its name: of files, and on the command line.</summary>
    string Name { get; }

    /// <summary>What is done, in a few words.</summary>
    string Title { get; }

    /// <summary>Runs it: trains what it needs, or goes on where a run before was stopped.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; what was completed is kept.</exception>
    Section Run(Workshop workshop, CancellationToken cancellation);
}
