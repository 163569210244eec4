using System.Diagnostics;

namespace Codec.Measurement;

/// <summary>Programs of this machine that encode, decode or judge images.</summary>
internal static class CommandLineProgram
{
    /// <summary>Whether a program is on the path.</summary>
    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));

    /// <summary>Runs a program to its end, and returns what it wrote to the output.</summary>
    /// <exception cref="IOException">It failed; the message has what it wrote.</exception>
    public static string Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new IOException($"{program} did not start.");
        // Both are read at once: a program that fills one pipe waits for its reader.
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new IOException($"{program} failed: {errors.GetAwaiter().GetResult().Trim()} {output.Trim()}".TrimEnd());
    }
}
