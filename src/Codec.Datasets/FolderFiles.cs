namespace Codec.Datasets;

/// <summary>Lists the image files of a folder and its subfolders, links included, and what is no readable image.</summary>
internal sealed class FolderFiles
{
    // A folder given by mistake, such as the root, must not be searched for hours.
    private const int MaxFiles = 1_000_000;

    private static readonly HashSet<string> Readable = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg",
        ".jpeg",
        ".jfif",
        ".png",
        ".webp",
        ".bmp",
        ".gif",
    };

    private static readonly HashSet<string> OtherImages = new(StringComparer.OrdinalIgnoreCase)
    {
        ".tif",
        ".tiff",
        ".avif",
        ".heic",
        ".heif",
        ".jxl",
        ".jp2",
        ".psd",
        ".svg",
        ".ico",
        ".tga",
        ".pgm",
        ".ppm",
        ".dng",
        ".nef",
        ".cr2",
        ".arw",
    };

    private readonly string _root;
    private readonly List<string> _images = [];
    private readonly List<string> _skipped = [];
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);
    private int _seen;

    private FolderFiles(string root) => _root = root;

    /// <summary>Images that can be read, by their paths within the folder, in ordinal order.</summary>
    public IReadOnlyList<string> Images => _images;

    /// <summary>Images that cannot be read, each with its reason.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>Number of files whose names are not those of images.</summary>
    public int Others { get; private set; }

    /// <summary>The extensions that are read.</summary>
    public static string Extensions => string.Join(", ", Readable);

    /// <summary>Searches a folder.</summary>
    /// <exception cref="DatasetException">The folder does not exist, cannot be listed, or has too many files.</exception>
    public static FolderFiles Find(string root)
    {
        if (!Directory.Exists(root))
            throw new DatasetException($"There is no folder {root}.");
        var files = new FolderFiles(root);
        try
        {
            files.Visit(new DirectoryInfo(root), "");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{root} cannot be listed: {exception.Message}", exception);
        }

        files._images.Sort(StringComparer.Ordinal);
        files._skipped.Sort(StringComparer.Ordinal);
        return files;
    }

    private void Visit(DirectoryInfo folder, string within)
    {
        // By its real path: a cycle of links, or a folder that two links name, is read once.
        if (!_visited.Add(RealPath(folder)))
            return;
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.Attributes.HasFlag(FileAttributes.Hidden))
                continue;
            string id = within.Length == 0 ? entry.Name : $"{within}/{entry.Name}";
            FileSystemInfo? target = entry.LinkTarget is null ? entry : entry.ResolveLinkTarget(returnFinalTarget: true);
            if (target is not { Exists: true })
                _skipped.Add($"{id}: the link leads nowhere.");
            else if (target is DirectoryInfo inner)
                Visit(inner, id);
            else
                AddFile(id);
        }
    }

    private void AddFile(string id)
    {
        if (++_seen > MaxFiles)
            throw new DatasetException($"{_root} contains more than {MaxFiles:N0} files; give a folder with fewer.");
        string extension = Path.GetExtension(id);
        if (Readable.Contains(extension))
            _images.Add(id);
        else if (OtherImages.Contains(extension))
            _skipped.Add($"{id}: {extension} files are not read; convert them to PNG.");
        else
            Others++;
    }

    private static string RealPath(DirectoryInfo folder)
    {
        // A parent may be a link, too.
        string path = folder.FullName;
        for (DirectoryInfo? part = folder; part is not null; part = part.Parent)
        {
            if (part.ResolveLinkTarget(returnFinalTarget: true) is { } target)
                path = Path.Combine(target.FullName, Path.GetRelativePath(part.FullName, path));
        }

        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }
}
