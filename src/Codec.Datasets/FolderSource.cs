using System.Text;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;

namespace Codec.Datasets;

/// <summary>
/// Reads the JPEG, PNG, WebP, BMP and GIF files of a folder and its subfolders, links included, in ordinal order of their paths unless
/// <see cref="FolderOptions.Spread"/> is set.
/// </summary>
public sealed class FolderSource : IDataSource
{
    private readonly string _path;
    private readonly FolderOptions _options;
    private readonly List<string> _skipped = [];

    /// <summary>Creates the source; nothing is read yet.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">How files become images; null for three channels at each image's own size.</param>
    public FolderSource(string path, FolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (_path, _options) = (Path.GetFullPath(Path.TrimEndingDirectorySeparator(path)), options ?? new FolderOptions());
    }

    /// <inheritdoc/>
    public string Name =>
        _options.Size is { } size ? $"{Path.GetFileName(_path)} {size}{(_options.Channels == 1 ? " grey" : "")}" : Path.GetFileName(_path);

    /// <inheritdoc/>
    public string License => "As the owner of the folder has it";

    /// <summary>The images that the last reading skipped, each with its reason.</summary>
    public IReadOnlyList<string> Skipped => _skipped;

    /// <summary>Reads the headers of all images.</summary>
    /// <exception cref="DatasetException">The folder cannot be listed, or contains no readable image.</exception>
    public FolderSurvey Survey(CancellationToken cancellationToken = default)
    {
        FolderFiles files = FolderFiles.Find(_path);
        var sizes = new Dictionary<ImageSize, int>();
        List<string> skipped = [.. files.Skipped];
        int grey = 0;
        foreach ((ImageHeader? header, string? reason) in files.Images.SelectInParallel(ReadHeader, cancellationToken))
        {
            if (reason is not null)
                skipped.Add(reason);
            if (header is null)
                continue;
            sizes[header.Size] = sizes.GetValueOrDefault(header.Size) + 1;
            grey += header.Channels == 1 ? 1 : 0;
        }

        return sizes.Count > 0 ? new FolderSurvey(sizes, grey, skipped) : throw Empty(files, skipped);
    }

    /// <inheritdoc/>
    public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        FolderFiles files = FolderFiles.Find(_path);
        _skipped.Clear();
        _skipped.AddRange(files.Skipped);
        int tried = 0,
            read = 0;
        IEnumerable<string> order = _options.Spread ? files.Images.OrderBy(HashOf, StringComparer.Ordinal) : files.Images;
        foreach ((LabeledImage? image, string? reason) in order.SelectInParallel(Decode, cancellationToken))
        {
            tried++;
            if (reason is not null)
                _skipped.Add(reason);
            if (image is null)
                continue;
            read++;
            progress?.Report(new ReadProgress(read, (double)tried / files.Images.Count));
            yield return image;
        }

        if (read == 0)
            throw Empty(files, _skipped);
    }

    private static string HashOf(string id) => Digest.Of(Encoding.UTF8.GetBytes(id)).Hex;

    private DatasetException Empty(FolderFiles files, List<string> skipped) =>
        new(
            $"{_path} contains no readable image ({FolderFiles.Extensions}); {files.Others:N0} other files, and {skipped.Count:N0} images were skipped"
                + (skipped.Count > 0 ? $": {skipped[0]}" : ".")
        );

    private (LabeledImage? Image, string? Reason) Decode(string id) =>
        Try(
            id,
            file => new LabeledImage(
                id,
                Path.GetFileName(Path.GetDirectoryName(id)) ?? "",
                _options.Apply(ImageFile.Decode(file, _options.Limits)),
                Content: Digest.Of(file)
            )
        );

    private (ImageHeader? Header, string? Reason) ReadHeader(string id) => Try(id, file => ImageFile.ReadHeader(file, _options.Limits));

    private (T? Result, string? Reason) Try<T>(string id, Func<byte[], T> read)
        where T : class
    {
        try
        {
            return (read(ReadFile(Path.Combine(_path, id))), null);
        }
        catch (Exception e) when (e is InvalidImageException or IOException or UnauthorizedAccessException)
        {
            return _options.Strict
                ? throw new DatasetException($"{id} of {_path} cannot be read: {e.Message}", e)
                : (null, $"{id}: {e.Message}");
        }
    }

    private byte[] ReadFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        long most = _options.Limits.MaxFileBytes;
        if (file.Length > most)
            throw new InvalidImageException($"The file has {file.Length:N0} bytes; at most {most:N0} are allowed.");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
