using Codec.Trainer.Display;
using Spectre.Console;

namespace Trainer.Tests;

/// <summary>Creates a display without output.</summary>
internal static class SilentDisplay
{
    public static StageDisplay Create() =>
        new(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) }), TimeProvider.System);
}
