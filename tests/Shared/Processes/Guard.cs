using System.Diagnostics;
using System.Globalization;

namespace Codec.Tests.Shared.Processes;

/// <summary>
/// Kills a child process when this process ends, even by SIGKILL: a shell holds the read end of a pipe and kills the child when the pipe
/// closes. Disposing it ends the shell and leaves the child alone. Does nothing on Windows.
/// </summary>
internal sealed class Guard : IDisposable
{
    private readonly Process? _shell;

    /// <param name="child">The child's process id.</param>
    public Guard(int child)
    {
        if (OperatingSystem.IsWindows())
            return;
        string id = child.ToString(CultureInfo.InvariantCulture);
        _shell = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "read -r line; kill -9 \"$0\"", id])
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            }
        );
    }

    public void Dispose()
    {
        _shell?.Kill();
        _shell?.Dispose();
    }
}
