using System.Runtime.InteropServices;

namespace Codec.Server.Hosting;

/// <summary>
/// The heap of the C library, from which image libraries and networks allocate. With its defaults it keeps what large pictures took:
/// blocks up to 32 MiB, in eight arenas for each processor. Elsewhere than on glibc nothing is done.
/// </summary>
internal static partial class NativeHeap
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int ArenaMax = -8;

    /// <summary>
    /// Blocks of this size have pages of their own, which return to the system at once. Fixed: by default it grows up to 32 MiB.
    /// </summary>
    private const int Mapped = 256 << 10;

    /// <summary>Enough for threads that compute not to wait for each other; each keeps what was free in it.</summary>
    private const int Arenas = 2;

    /// <summary>Bounds what the heap keeps; to be called before other threads run.</summary>
    public static void Bound() =>
        Call(() =>
        {
            _ = Set(MapThreshold, Mapped);
            _ = Set(TrimThreshold, Mapped);
            _ = Set(ArenaMax, Arenas);
        });

    /// <summary>Returns what is free in all arenas.</summary>
    public static void Trim() => Call(() => _ = Trim(0));

    private static void Call(Action action)
    {
        try
        {
            if (OperatingSystem.IsLinux())
                action();
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Set(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint padding);
}
