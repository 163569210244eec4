using System.CommandLine;
using Codec.Client;
using Codec.Errors;

namespace Codec.CommandLine;

/// <summary>Runs the commands of a program, and turns their failures into one line of text and an exit code.</summary>
/// <param name="program">The program's name, which begins each line on the error output.</param>
/// <param name="interrupted">What to say after Ctrl-C.</param>
/// <param name="isExpected">
/// Whether the user can correct a failure of the program's own kinds. Any other failure is a defect, and keeps its stack trace.
/// </param>
public sealed class CommandRunner(string program, string interrupted, Func<Exception, bool> isExpected)
{
    /// <summary>Parses a command line and runs its command.</summary>
    /// <param name="root">The program's root command.</param>
    /// <param name="args">The command line.</param>
    /// <param name="termination">How long a command may take to stop after Ctrl-C.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> InvokeAsync(RootCommand root, string[] args, TimeSpan termination)
    {
        ParseResult parsed = root.Parse(args);
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = termination };
        string[] errors = UsageErrors.Find(parsed, args);
        if (errors.Length == 0)
            return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
        string command = string.Join(' ', Names(parsed.CommandResult.Command).Reverse().Prepend(program));
        // One line: the whole help would hide the reason.
        string reasons = string.Join(' ', errors.Distinct());
        await Console.Error.WriteLineAsync($"{program}: {PlainText.Line(reasons)} See {command} --help.").ConfigureAwait(false);
        return ExitCodes.Usage;
    }

    /// <summary>Does a command's work.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="work">The work; returns the exit code, and fails by throwing.</param>
    /// <param name="cancellationToken">Canceled by Ctrl-C.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> RunAsync(ParseResult arguments, Func<Task<int>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        TextWriter errors = arguments.InvocationConfiguration.Error;
        try
        {
            // On another thread: System.CommandLine handles Ctrl-C only after this call has returned.
            return await Task.Run(work, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && Cause(exception) is OperationCanceledException)
        {
            await errors.WriteLineAsync($"{program}: {interrupted}").ConfigureAwait(false);
            return ExitCodes.Interrupted;
        }
        catch (Exception exception) when (IsExpected(Cause(exception)))
        {
            await errors.WriteLineAsync($"{program}: {OneLine(Cause(exception))}").ConfigureAwait(false);
            return CodeOf(Cause(exception));
        }
    }

    /// <summary>Whether the user can correct the failure.</summary>
    public bool IsExpected(Exception exception) =>
        exception
            is CodecException
                or InvalidCodeException
                or InvalidModelException
                or RuntimeUnavailableException
                or ArgumentException
                or InvalidDataException
                or IOException
                or UnauthorizedAccessException
        || isExpected(exception);

    /// <summary>A failure's message, in one line. A name of a file in it controls no terminal.</summary>
    public static string OneLine(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        string message = exception.Message;
        // .NET appends " (Parameter 'x')", which names nothing that a user of the command line can see.
        if (exception is ArgumentException { ParamName: { } parameter })
            message = message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal);
        string[] lines = message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return PlainText.Of(string.Join(' ', lines));
    }

    /// <summary>The first failure of work that ran on several threads; any other exception itself.</summary>
    private static Exception Cause(Exception exception) =>
        exception is AggregateException several ? several.Flatten().InnerExceptions[0] : exception;

    /// <summary>The exit code of a failure.</summary>
    public static int CodeOf(Exception exception) =>
        exception switch
        {
            UsageException => ExitCodes.Usage,
            UnavailableException => ExitCodes.Unreachable,
            NotFoundException => ExitCodes.NotFound,
            AccessDeniedException => ExitCodes.Denied,
            _ => ExitCodes.Failure,
        };

    private static IEnumerable<string> Names(Command? command)
    {
        for (; command is not null and not RootCommand; command = command.Parents.OfType<Command>().FirstOrDefault())
            yield return command.Name;
    }
}
