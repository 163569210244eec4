using System.CommandLine;
using Codec.Trainer.Display;
using Spectre.Console;

namespace Codec.Trainer.CommandLine;

/// <summary>The whole command line.</summary>
internal static class TrainerCommand
{
    /// <summary>Builds it.</summary>
    /// <param name="console">Where results and progress go.</param>
    /// <param name="clock">What stages are timed with.</param>
    public static RootCommand Create(IAnsiConsole console, TimeProvider clock)
    {
        var display = new StageDisplay(console, clock);
        return new RootCommand("Trains image codecs, evaluates them, and publishes them into the Codec service.")
        {
            TrainCommand.Create(display),
            EvaluateCommand.Create(display),
            PublishCommand.Create(display),
            SendCommand.Create(display),
            ReceiveCommand.Create(display),
            SummaryCommand.Create(display),
            ShowCommand.Create(display),
            ArticleCommand.Create(display),
            SpeedCommand.Create(display),
        };
    }
}
