using Codec.Tool.CommandLine;

namespace Codec.Tool.Offline;

/// <summary>The image files that a command line names: files, and folders that stand for their files.</summary>
internal static class ImageFiles
{
    /// <summary>The formats, for help texts and messages.</summary>
    public const string Formats = "JPEG, PNG or WebP";

    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp"];

    /// <summary>Whether a file has the extension of an image.</summary>
    public static bool IsImage(FileInfo file) => Extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Replaces each folder by the image files in it, sorted by name. A line on standard error states how much of it is left out: folders
    /// in it, and files of other formats.
    /// </summary>
    /// <exception cref="ArgumentException">A folder has no image file, or a name is empty.</exception>
    public static string[] Expand(IEnumerable<string> paths) =>
        [.. paths.SelectMany(path => Directory.Exists(path) ? OfFolder(path) : [InputFile.Require(path)])];

    private static string[] OfFolder(string folder)
    {
        FileSystemInfo[] entries = new DirectoryInfo(folder).GetFileSystemInfos();
        string[] images =
        [
            .. entries.OfType<FileInfo>().Where(IsImage).Select(file => Path.Combine(folder, file.Name)).Order(StringComparer.Ordinal),
        ];
        if (images.Length == 0)
            throw new ArgumentException($"The folder {folder} has no {Formats} file; folders in it are not searched.");
        int folders = entries.OfType<DirectoryInfo>().Count(),
            others = entries.Length - folders - images.Length;
        if (folders + others > 0)
        {
            ToolCommands.ReportNote(
                $"{folder}: left out {Count(others, "file")} of other formats than {Formats}, and {Count(folders, "folder")}."
            );
        }

        return images;
    }

    private static string Count(int number, string thing) => number == 1 ? $"1 {thing}" : $"{number} {thing}s";
}
