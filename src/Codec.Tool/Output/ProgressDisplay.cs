using Codec.CommandLine;
using Spectre.Console;

namespace Codec.Tool.Output;

/// <summary>Shows the progress of work as a bar on the error output; nothing where that is not a terminal.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs work.</summary>
    /// <param name="title">What is done, in a few words.</param>
    /// <param name="work">The work; it reports the fraction done, 0 to 1, from any thread.</param>
    public static Task<T> RunAsync<T>(string title, Func<Action<double>, Task<T>> work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Profile.Out.IsTerminal
            ? console
                .Progress()
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
                .StartAsync(context =>
                {
                    ProgressTask task = context.AddTask(Markup.Escape(PlainText.Of(title)), maxValue: 1);
                    return work(fraction => task.Value = fraction);
                })
            : work(_ => { });
    }
}
