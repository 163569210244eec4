using System.CommandLine;
using Codec.Errors;
using Codec.Trainer.Display;
using Codec.Trainer.Training;

namespace Codec.Trainer.CommandLine;

/// <summary>Does the work of a command. It fails by throwing.</summary>
internal delegate void CommandAction(ParseResult arguments, StageDisplay display, CancellationToken cancellationToken);

/// <summary>Runs commands, and turns their failures into messages and exit codes.</summary>
internal static class CommandActions
{
    /// <summary>The exit code of a command that did its work.</summary>
    public const int Success = 0;

    /// <summary>The exit code of a command that failed; a line on the error output gives the reason.</summary>
    public const int Failure = 1;

    /// <summary>The exit code after Ctrl-C, as shells expect it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Sets the action of a command.</summary>
    public static Command Does(this Command command, StageDisplay display, CommandAction action)
    {
        // Run on another thread: Ctrl-C is handled only after this call has returned.
        command.SetAction(
            (arguments, cancellationToken) => Task.Run(() => Invoke(action, arguments, display, cancellationToken), CancellationToken.None)
        );
        return command;
    }

    private static int Invoke(CommandAction action, ParseResult arguments, StageDisplay display, CancellationToken cancellationToken)
    {
        try
        {
            action(arguments, display, cancellationToken);
            return Success;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            arguments.InvocationConfiguration.Error.WriteLine(
                "Stopped. Completed work is kept; the same command resumes it (train: with --resume)."
            );
            return Interrupted;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            arguments.InvocationConfiguration.Error.WriteLine($"trainer: {exception.Message}");
            return Failure;
        }
    }

    // Errors that the user can correct. Any other error is a defect of the program, and keeps its stack trace.
    private static bool IsExpected(Exception exception) =>
        exception
            is TrainingStoppedException
                or Client.CodecException
                or Datasets.DatasetException
                or ArgumentException
                or InvalidModelException
                or InvalidDataException
                or IOException
                or UnauthorizedAccessException;
}
