namespace Codec.Trainer.CommandLine;

/// <summary>Where folders lie.</summary>
internal static class FolderPaths
{
    /// <summary>Whether a path is a folder or lies in it, links of each existing part followed.</summary>
    public static bool IsWithin(string path, string folder)
    {
        string relative = Path.GetRelativePath(Resolve(folder), Resolve(path));
        return relative != ".."
            && !relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && !Path.IsPathRooted(relative);
    }

    private static string Resolve(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        string whole = Path.Combine(Resolve(parent), Path.GetFileName(path));
        return !Directory.Exists(whole) ? whole : new DirectoryInfo(whole).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? whole;
    }
}
