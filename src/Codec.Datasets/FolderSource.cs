using Codec.Images;
using Codec.Imaging;

namespace Codec.Datasets;

/// <summary>Reads the JPEG, PNG and WebP files of a folder and its subfolders, in ordinal order of their paths.</summary>
public sealed class FolderSource : IDataSource
{
    // A folder given by mistake, such as the root, must not be searched for hours.
    private const int MaxFiles = 1_000_000;

    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp"];

    private readonly string _path;
    private readonly (int Width, int Height)? _size;
    private readonly ImageLimits _limits;
    private readonly bool _strict;
    private readonly List<string> _skipped = [];

    /// <summary>Creates the source; nothing is read yet.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="size">
    /// Size to which every image is cropped and resized (<see cref="Resampler.Cover(Raster, int, int)"/>); null keeps each image's own
    /// size.
    /// </param>
    /// <param name="strict">
    /// Whether an image that cannot be read throws; otherwise it is skipped and listed in <see cref="Skipped"/>.
    /// </param>
    /// <param name="limits">Bounds on each file; null uses <see cref="ImageLimits.Default"/>.</param>
    public FolderSource(string path, (int Width, int Height)? size = null, bool strict = false, ImageLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (_path, _size, _strict, _limits) = (
            Path.GetFullPath(Path.TrimEndingDirectorySeparator(path)),
            size,
            strict,
            limits ?? ImageLimits.Default
        );
    }

    /// <inheritdoc/>
    public string Name => _size is { } size ? $"{Path.GetFileName(_path)} {size.Width}×{size.Height}" : Path.GetFileName(_path);

    /// <inheritdoc/>
    public string License => "As the owner of the folder has it";

    /// <summary>The images that the last reading skipped, each with its reason.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <inheritdoc/>
    public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        _skipped.Clear();
        string[] files = Find();
        int tried = 0,
            read = 0;
        foreach ((LabeledImage? image, string? reason) in files.SelectInParallel(Decode, cancellationToken))
        {
            tried++;
            if (reason is not null)
                _skipped.Add(reason);
            if (image is null)
                continue;
            read++;
            progress?.Report(new ReadProgress(read, (double)tried / files.Length));
            yield return image;
        }

        if (read == 0)
        {
            throw new DatasetException(
                $"{_path} contains no readable image ({string.Join(", ", Extensions)}); {_skipped.Count:N0} were skipped"
                    + (_skipped.Count > 0 ? $": {_skipped[0]}" : ".")
            );
        }
    }

    private string[] Find()
    {
        if (!Directory.Exists(_path))
            throw new DatasetException($"There is no folder {_path}.");
        try
        {
            // Links are not followed: a cycle of them would never end.
            var options = new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden,
            };
            string[] files =
            [
                .. Directory
                    .EnumerateFiles(_path, "*", options)
                    .Where(static file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                    .Take(MaxFiles + 1)
                    .Select(file => Path.GetRelativePath(_path, file).Replace(Path.DirectorySeparatorChar, '/')),
            ];
            if (files.Length > MaxFiles)
                throw new DatasetException($"{_path} contains more than {MaxFiles:N0} images; give a folder with fewer.");
            Array.Sort(files, string.CompareOrdinal);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{_path} cannot be listed: {e.Message}", e);
        }
    }

    private (LabeledImage? Image, string? Reason) Decode(string id)
    {
        try
        {
            Raster image = ImageFile.Decode(ReadFile(Path.Combine(_path, id)), _limits).WithChannels(3);
            if (_size is { } size)
                image = Resampler.Cover(image, size.Width, size.Height);
            return (new LabeledImage(id, Path.GetFileName(Path.GetDirectoryName(id)) ?? "", image), null);
        }
        catch (Exception e) when (e is InvalidImageException or IOException or UnauthorizedAccessException)
        {
            return _strict ? throw new DatasetException($"{id} of {_path} cannot be read: {e.Message}", e) : (null, $"{id}: {e.Message}");
        }
    }

    private byte[] ReadFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > _limits.MaxFileBytes)
            throw new InvalidImageException($"The file has {file.Length:N0} bytes; at most {_limits.MaxFileBytes:N0} are allowed.");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
