namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Creates folders and files that only the server's user may read, whatever its umask is; leaves those that exist as they are, since their
/// owner chose who may read them.
/// </summary>
internal static class PrivateFiles
{
    /// <summary>Creates a folder with the mode 0700.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Creates an empty file with the mode 0600. Call it before a file is opened that may not exist.</summary>
    public static void CreateFile(string path)
    {
        if (File.Exists(path))
            return;

        // Shared: another process may create it at the same moment, and lock it.
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(path, options).Dispose();
    }
}
