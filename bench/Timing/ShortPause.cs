using System.Runtime.InteropServices;

namespace Codec.Bench.Timing;

/// <summary>
/// Waits for less than a millisecond. <c>Thread.Sleep</c> would return at once, and a loop round it would keep a processor busy.
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
