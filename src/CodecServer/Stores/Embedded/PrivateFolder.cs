namespace Codec.Server.Stores.Embedded;

/// <summary>Folders for data that only the server's user may read.</summary>
internal static class PrivateFolder
{
    /// <summary>Creates a folder with the mode 0700; leaves one that exists as it is, since its owner chose who may read it.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
