using System.Runtime.InteropServices;

namespace Codec.Bench.Timing;

/// <summary>A wait of less than a millisecond. <c>Thread.Sleep</c> returns at once for one, and its caller occupies a processor.</summary>
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
