using Codec.Images;
using Codec.Imaging;

namespace Codec.Datasets;

/// <summary>The JPEG, PNG and WebP files of a folder and of all folders in it, in the order of their paths, byte by byte.</summary>
public sealed class FolderSource : IImageSource
{
    // A folder given by mistake, the root for one, should not be walked for hours.
    private const int MaxFiles = 1_000_000;

    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp"];

    private readonly string _path;
    private readonly (int Width, int Height)? _size;
    private readonly ImageLimits _limits;
    private readonly bool _strict;
    private readonly List<string> _skipped = [];

    /// <summary>Opens the folder; nothing is read yet.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="size">
    /// What every image is cut and resized to (<see cref="ImageFit.Cover"/>, 3 channels); null leaves each its own size.
    /// </param>
    /// <param name="strict">
    /// Whether an image that cannot be read ends the reading; otherwise it is skipped, and told in <see cref="Skipped"/>.
    /// </param>
    /// <param name="limits">Bounds on each file; <see cref="ImageLimits.Default"/> when null.</param>
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
    public string Licence => "As the owner of the folder has it";

    /// <summary>The images that the last reading skipped, each with the reason.</summary>
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
                $"{_path} holds no image that can be read ({string.Join(", ", Extensions)}); {_skipped.Count:N0} were skipped"
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
            // Links are not followed: a circle of them would have no end.
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
                throw new DatasetException($"{_path} holds more than {MaxFiles:N0} images; give a folder with fewer.");
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
                image = ImageFit.Cover(image, size.Width, size.Height);
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
