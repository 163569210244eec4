using Codec.CommandLine;
using Microsoft.Win32.SafeHandles;

namespace Codec.Tool.Output;

/// <summary>
/// The output where it is a pipe. It ends the program when the reader has gone, as <c>head</c> does after its lines: .NET's own stream
/// ignores that, and a command without an end would never stop.
/// </summary>
internal sealed class PipeOutput(FileStream pipe) : OutputStream
{
    private const int StandardOutput = 1;

    /// <summary>Replaces the console's output if it is a pipe. Windows' handles are left alone.</summary>
    public static void Use()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return;
        try
        {
            var output = new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            // A file has a position, which this stream would keep for itself.
            if (!output.CanSeek)
                Console.SetOut(new StreamWriter(new PipeOutput(output)) { AutoFlush = true });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The output is closed or of another kind: writing to it fails as before.
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        try
        {
            pipe.Write(buffer, offset, count);
        }
        catch (IOException)
        {
            Environment.Exit(ExitCodes.OutputClosed);
        }
    }
}
