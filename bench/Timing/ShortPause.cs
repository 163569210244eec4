using System.Runtime.InteropServices;

namespace Codec.Bench.Timing;

/// <summary>
/// Waits for less than a millisecond. .NET's own sleep counts in whole milliseconds: of less it returns at once, and a loop that polls with
/// it keeps a processor busy.
/// </summary>
internal static partial class ShortPause
{
    private const uint Microseconds = 50;

    /// <summary>Waits for about a tenth of a millisecond; elsewhere than on Unix for a millisecond or more.</summary>
    public static void Wait()
    {
        if (OperatingSystem.IsWindows())
            Thread.Sleep(TimeSpan.FromMilliseconds(1));
        else
            _ = Sleep(Microseconds);
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
