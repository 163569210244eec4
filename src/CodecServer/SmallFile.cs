using Microsoft.Win32.SafeHandles;

namespace Codec.Server;

/// <summary>A file of configuration that is read whole: credentials, certificates or keys.</summary>
internal static class SmallFile
{
    /// <summary>
    /// Maximum number of bytes, also of keys that are downloaded: 10,000 credentials of 400 bytes. A bundle of roots has a few hundred
    /// kilobytes, a set of keys a few.
    /// </summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>
    /// Opens a file. A pipe or a device is refused before it is opened, because that waits for a writer, perhaps for ever. It has no
    /// length, and an empty file has nothing to read either.
    /// </summary>
    /// <exception cref="IOException">The file does not exist, is empty, is not a regular file, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static SafeFileHandle Open(string path)
    {
        FileSystemInfo target = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        return target is FileInfo { Exists: true, Length: 0 }
            ? throw new IOException("it is empty, or not a regular file.")
            : File.OpenHandle(path);
    }

    /// <summary>Returns the content of an open file.</summary>
    /// <exception cref="IOException">The file is too large, or cannot be read.</exception>
    public static byte[] Read(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        if (length > MaxBytes)
            throw new IOException($"it has {length} bytes; at most {MaxBytes} are read.");

        byte[] bytes = new byte[length];
        return bytes[..RandomAccess.Read(file, bytes, fileOffset: 0)];
    }
}
