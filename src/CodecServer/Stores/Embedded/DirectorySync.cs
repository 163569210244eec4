using System.Runtime.InteropServices;

namespace Codec.Server.Stores.Embedded;

/// <summary>Makes the creation, renaming and deletion of files in a directory durable.</summary>
/// <remarks>POSIX makes a file's name durable only when its directory is synced, and .NET cannot open a directory.</remarks>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;

    /// <summary>Syncs a directory; does nothing on Windows, where the file system journals names.</summary>
    /// <exception cref="IOException">The directory cannot be opened or synced.</exception>
    public static void Sync(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;

        int descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
            throw Failure("open", directory);

        try
        {
            if (Fsync(descriptor) != 0)
                throw Failure("sync", directory);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string action, string directory)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {action} the directory {directory}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
