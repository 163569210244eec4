using System.CommandLine;
using Codec.Errors;
using Codec.Trainer.Display;
using Codec.Trainer.Training;

namespace Codec.Trainer.CommandLine;

/// <summary>What a command does, and how its failures reach the user.</summary>
/// <remarks>A command either works or throws.</remarks>
internal delegate void CommandAction(ParseResult arguments, StageDisplay display, CancellationToken cancellationToken);

internal static class CommandActions
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>The command could not do what was asked; one line on the error output says why.</summary>
    public const int Failure = 1;

    /// <summary>Ctrl-C, as shells expect it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Gives a command its action.</summary>
    public static Command Does(this Command command, StageDisplay display, CommandAction action)
    {
        // On a thread of its own: the handler of Ctrl-C is only set up once this call has returned.
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
                "Stopped. What was completed is kept; the same command goes on from there, train with --resume."
            );
            return Interrupted;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            arguments.InvocationConfiguration.Error.WriteLine($"trainer: {exception.Message}");
            return Failure;
        }
    }

    // What the user can do something about; anything else is a fault of ours and keeps its stack trace.
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
