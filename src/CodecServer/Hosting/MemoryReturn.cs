using System.Runtime.InteropServices;

namespace Codec.Server.Hosting;

/// <summary>
/// Returns memory to the system after a load. The collector keeps what it has while nothing is allocated, and so does the C library for
/// image files and networks.
/// </summary>
internal sealed partial class MemoryReturn
{
    /// <summary>Bytes of memory that are kept for the next load.</summary>
    private const long Kept = 32 << 20;

    private long _collected;

    /// <summary>Returns memory if little was allocated since the last time, and much of what is held is free.</summary>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        long allocated = GC.GetTotalAllocatedBytes();
        bool isIdle = allocated - _collected < Kept;
        _collected = allocated;
        if (!isIdle)
            return Task.CompletedTask;

        // Blocks all threads for the time of a full collection, some 10 ms: only where nothing was going on.
        GCMemoryInfo memory = GC.GetGCMemoryInfo(GCKind.Any);
        if (memory.TotalCommittedBytes - GC.GetTotalMemory(forceFullCollection: false) > Kept || memory.HeapSizeBytes > 2 * Kept)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

        try
        {
            if (OperatingSystem.IsLinux())
                _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc.
        }

        _collected = GC.GetTotalAllocatedBytes();
        return Task.CompletedTask;
    }

    /// <summary>Returns the free memory of all arenas but a padding, in bytes.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint padding);
}
