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
