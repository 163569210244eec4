using Codec.Trainer.Display;
using Spectre.Console;

namespace Trainer.Tests;

/// <summary>Creates a display that cancels when a text is written.</summary>
internal static class StoppingDisplay
{
    public static StageDisplay Create(CancellationTokenSource stop, string text) =>
        new(
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(new StoppingWriter(stop, text)) }),
            TimeProvider.System
        );

    private sealed class StoppingWriter(CancellationTokenSource stop, string text) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            if (ToString().Contains(text, StringComparison.Ordinal))
                stop.Cancel();
        }
    }
}
