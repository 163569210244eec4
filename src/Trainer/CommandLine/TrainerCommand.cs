using System.CommandLine;
using Codec.Trainer.Display;
using Spectre.Console;

namespace Codec.Trainer.CommandLine;

/// <summary>The command line.</summary>
internal static class TrainerCommand
{
    /// <summary>Builds the root command.</summary>
    /// <param name="console">For results and progress.</param>
    /// <param name="clock">The clock by which stages are timed.</param>
    public static RootCommand Create(IAnsiConsole console, TimeProvider clock)
    {
        var display = new StageDisplay(console, clock);
        return new RootCommand("Trains image codecs, evaluates them, and publishes them into the Codec service.")
        {
            TrainCommand.Create(display),
            ImportCommand.Create(display),
            LayersCommand.Create(display),
            EvaluateCommand.Create(display),
            PublishCommand.Create(display),
            ImagesCommand.Create(display),
            SummaryCommand.Create(display),
            ShowCommand.Create(display),
            ArticleCommand.Create(display),
            SpeedCommand.Create(display),
        };
    }
}
