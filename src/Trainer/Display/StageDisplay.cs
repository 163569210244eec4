using System.Globalization;
using Codec.CommandLine;
using Spectre.Console;

namespace Codec.Trainer.Display;

/// <summary>Shows a command's progress: a live bar if the output is a terminal, and a plain line at the end of each stage.</summary>
internal sealed class StageDisplay(IAnsiConsole console, TimeProvider clock)
{
    private readonly List<(string Name, double Seconds)> _stages = [];

    /// <summary>The completed stages, and the time of each.</summary>
    public IReadOnlyList<(string Name, double Seconds)> Stages => _stages;

    /// <summary>The console, for tables.</summary>
    public IAnsiConsole Console { get; } = console;

    /// <summary>Writes a line; a name of a file in it controls no terminal.</summary>
    public void Line(string text) => Console.WriteLine(PlainText.Of(text));

    /// <summary>Runs a stage.</summary>
    /// <param name="name">The stage's name, in a few words.</param>
    /// <param name="work">The stage; it reports the fraction done, 0 to 1.</param>
    /// <returns>The stage's result.</returns>
    public T Run<T>(string name, Func<Action<double>, T> work)
    {
        long start = clock.GetTimestamp();
        T result = Console.Profile.Out.IsTerminal ? RunLive(name, work) : work(_ => { });
        double seconds = clock.GetElapsedTime(start).TotalSeconds;
        _stages.Add((name, seconds));
        Line(string.Create(CultureInfo.InvariantCulture, $"{name}: {seconds:0.0} s"));
        return result;
    }

    private T RunLive<T>(string name, Func<Action<double>, T> work) =>
        Console
            .Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn(),
                new RemainingTimeColumn()
            )
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(PlainText.Of(name)), maxValue: 1);
                return work(fraction => task.Value = fraction);
            });
}
