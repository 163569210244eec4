using System.Runtime.InteropServices;

namespace Codec.Server.Limits;

/// <summary>How the system shares processors between threads that compute.</summary>
internal static partial class ThreadRank
{
    /// <summary>Linux gives a thread of nice 10 a tenth of what it gives one of nice 0, while both want a processor.</summary>
    private const int Steps = 10;

    /// <summary>
    /// Lets the calling thread compute only where others leave a processor idle, but for a tenth of the time: a thread that runs for seconds
    /// otherwise delays each short piece of work by a time slice.
    /// </summary>
    public static void Lower()
    {
        // Linux ignores this; there `nice` concerns the calling thread alone.
        Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        if (OperatingSystem.IsLinux())
            _ = Nice(Steps);
    }

    [LibraryImport("libc", EntryPoint = "nice")]
    private static partial int Nice(int steps);
}
