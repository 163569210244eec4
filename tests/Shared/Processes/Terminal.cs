using System.Diagnostics;
using System.Text;

namespace Codec.Tests.Shared.Processes;

/// <summary>
/// A program in a terminal of its own, which the program `script` makes. What is typed reaches it as from a keyboard: Ctrl-C is a signal to
/// it and its children. Disposing it kills them.
/// </summary>
public sealed class Terminal : IAsyncDisposable
{
    /// <summary>What a keyboard sends for Ctrl-C.</summary>
    public const char CtrlC = '\u0003';

    private readonly Process _script;
    private readonly Guard _guard;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;

    private Terminal(Process script)
    {
        (_script, _guard) = (script, new Guard(script.Id));
        _reading = ReadAsync();
    }

    /// <summary>Why there is no terminal on this machine; null if there is.</summary>
    public static string? Absence { get; } =
        OperatingSystem.IsLinux() && File.Exists("/usr/bin/script")
            ? null
            : "/usr/bin/script of util-linux, which makes terminals, is not here.";

    /// <summary>What was written to the terminal so far, what was typed included.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="columns">Characters in a line.</param>
    /// <param name="command">The program and its arguments.</param>
    public static Terminal Start(int columns, params string[] command)
    {
        // Where a shell started the tests in the background, their children ignore Ctrl-C, until `env` restores it.
        string line = string.Join(' ', command.Select(part => $"'{part.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        string[] arguments = ["-q", "-e", "-f", "-c", $"stty cols {columns}; exec env --default-signal=INT {line}", "/dev/null"];
        return new Terminal(
            Process.Start(
                new ProcessStartInfo("/usr/bin/script", arguments)
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    StandardOutputEncoding = Encoding.UTF8,
                }
            )!
        );
    }

    /// <summary>Types a character.</summary>
    public void Type(char character)
    {
        _script.StandardInput.Write(character);
        _script.StandardInput.Flush();
    }

    /// <summary>Waits until a text is in the output.</summary>
    /// <exception cref="TimeoutException">It was not written in time, or the program has ended; the message has the output.</exception>
    public async Task WaitForAsync(string text, CancellationToken cancellationToken)
    {
        bool Has() => Output.Contains(text, StringComparison.Ordinal);
        await Waiting.UntilAsync(() => Has() || _reading.IsCompleted, $"'{text}' in the terminal", cancellationToken);
        if (!Has())
            throw new TimeoutException($"The program ended without '{text}':\n{Output}");
    }

    /// <summary>Waits for the program's end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Waiting.Patience);
        await _script.WaitForExitAsync(limit.Token);
        await _reading.WaitAsync(limit.Token);
        return _script.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_script.HasExited)
            _script.Kill(entireProcessTree: true);
        await _script.WaitForExitAsync();
        _guard.Dispose();
        _script.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[1024];
        while (await _script.StandardOutput.ReadAsync(buffer) is > 0 and var count)
        {
            lock (_output)
                _output.Append(buffer, 0, count);
        }
    }
}
