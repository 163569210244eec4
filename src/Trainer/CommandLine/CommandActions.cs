using System.CommandLine;
using Codec.CommandLine;
using Codec.Trainer.Display;
using Codec.Trainer.Training;

namespace Codec.Trainer.CommandLine;

/// <summary>Does the work of a command. It fails by throwing.</summary>
internal delegate void CommandAction(ParseResult arguments, StageDisplay display, CancellationToken cancellationToken);

/// <summary>Gives commands their work.</summary>
internal static class CommandActions
{
    /// <summary>Runs the trainer's commands.</summary>
    public static CommandRunner Runner { get; } =
        new(
            "trainer",
            "Stopped. Trainings and the article resume from their checkpoints when the same command runs again; other work starts again.",
            exception => exception is TrainingStoppedException or Datasets.DatasetException
        );

    /// <summary>Sets the action of a command.</summary>
    public static Command Does(this Command command, StageDisplay display, CommandAction action)
    {
        command.SetAction(
            (arguments, cancellationToken) =>
                Runner.RunAsync(
                    arguments,
                    () =>
                    {
                        action(arguments, display, cancellationToken);
                        return Task.FromResult(ExitCodes.Success);
                    },
                    cancellationToken
                )
        );
        return command;
    }
}
