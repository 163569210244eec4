using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Codec.Tool.Serving;

/// <summary>The server's program, which is in the tool's folder.</summary>
internal static class ServerProgram
{
    /// <summary>Makes a server stop when its input ends, also because this process was killed.</summary>
    public const string StopWithInput = "--stop-with-input";

    /// <summary>Runs the server's program with this terminal as its output, until it ends.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="cancellationToken">
    /// Ends the program's input, which stops a server with <see cref="StopWithInput"/>: calls that run may end first, for as long as its
    /// options say.
    /// </param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="IOException">The program is not in the folder, or needs a runtime that is not installed.</exception>
    public static async Task<int> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using Process server = Process.Start(Locate(arguments)) ?? throw new IOException("The server's program did not start.");
        using CancellationTokenRegistration stop = cancellationToken.Register(server.StandardInput.Close);
        await server.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return server.ExitCode;
    }

    private static ProcessStartInfo Locate(IEnumerable<string> arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "CodecServer");
        // Compiled ahead, this program has no runtime beside which `dotnet` could be.
        string? dotnet = RuntimeFeature.IsDynamicCodeSupported ? Dotnet() : null;
        if (dotnet is not null && File.Exists(program + ".dll"))
            return Start(dotnet, ["exec", program + ".dll", .. arguments]);
        if (OperatingSystem.IsWindows())
            program += ".exe";
        return File.Exists(program)
            ? Start(program, arguments)
            : throw new FileNotFoundException(
                $"The server's program is not beside this one ({program}). The .NET tool brings it (dotnet tool install --global Codec.Tool), and so does the image codec/server."
            );
    }

    // <root>/shared/Microsoft.NETCore.App/10.0.x/
    private static string? Dotnet()
    {
        string file = Path.Combine(
            RuntimeEnvironment.GetRuntimeDirectory(),
            "..",
            "..",
            "..",
            OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"
        );
        return File.Exists(file) ? Path.GetFullPath(file) : null;
    }

    // Only this process holds the other end of the input; the system closes it when the process ends.
    private static ProcessStartInfo Start(string program, IEnumerable<string> arguments) =>
        new(program, arguments) { RedirectStandardInput = true };
}
