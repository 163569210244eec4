namespace Codec.Tool.Offline;

/// <summary>The image files that a command line names: files, and folders that stand for their files.</summary>
internal static class ImageFiles
{
    /// <summary>The formats, for help texts and messages.</summary>
    public const string Formats = "JPEG, PNG or WebP";

    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp"];

    /// <summary>Whether a file has the extension of an image.</summary>
    public static bool IsImage(FileInfo file) => Extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase);

    /// <summary>Replaces each folder by the image files in it, sorted by name; folders in it are left out.</summary>
    /// <exception cref="ArgumentException">A folder has no image file, or a name is empty.</exception>
    public static string[] Expand(IEnumerable<string> paths) =>
        [.. paths.SelectMany(path => Directory.Exists(path) ? OfFolder(path) : [InputFile.Require(path)])];

    private static string[] OfFolder(string folder)
    {
        string[] files =
        [
            .. new DirectoryInfo(folder)
                .EnumerateFiles()
                .Where(IsImage)
                .Select(file => Path.Combine(folder, file.Name))
                .Order(StringComparer.Ordinal),
        ];
        return files.Length > 0 ? files : throw new ArgumentException($"The folder {folder} has no {Formats} file.");
    }
}
