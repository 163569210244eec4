using System.Globalization;
using Codec.Images;

namespace Codec.Datasets;

/// <summary>
/// Reads MNIST (LeCun, Cortes and Burges): 60,000 digits for training, then the 10,000 that its authors hold out; 28×28, grey.
/// </summary>
public sealed class MnistSource : IDataSource
{
    internal const string TrainImages = "train-images-idx3-ubyte";
    internal const string TrainLabels = "train-labels-idx1-ubyte";
    internal const string TestImages = "t10k-images-idx3-ubyte";
    internal const string TestLabels = "t10k-labels-idx1-ubyte";

    private static readonly string[] FileNames = [TrainImages, TrainLabels, TestImages, TestLabels];

    private readonly IdxFile[] _files;

    /// <summary>Creates the source and reads the files' headers.</summary>
    /// <param name="folder">Folder with the four IDX files under their original names, gzipped (<c>.gz</c>) or not.</param>
    /// <exception cref="DatasetException">A file is missing, is not IDX, or does not match the others.</exception>
    public MnistSource(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _files = [.. FileNames.Select(name => new IdxFile(Find(folder, name)))];
        Check(_files[0], _files[1]);
        Check(_files[2], _files[3]);
    }

    /// <inheritdoc/>
    public string Name => "mnist";

    /// <inheritdoc/>
    public string License => "MNIST, LeCun, Cortes and Burges; CC BY-SA 3.0";

    /// <inheritdoc/>
    public int HeldOut => _files[2].Count;

    /// <summary>Whether a folder contains all four files, gzipped or not.</summary>
    public static bool IsIn(string folder) => FileNames.All(name => FindOrNull(folder, name) is not null);

    /// <inheritdoc/>
    public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        int done = 0,
            all = _files[0].Count + _files[2].Count;
        for (int part = 0; part < _files.Length; part += 2)
        {
            IEnumerable<byte[]> images = _files[part].ReadItems(),
                labels = _files[part + 1].ReadItems();
            int number = 0;
            foreach ((byte[] pixels, byte[] label) in images.Zip(labels))
            {
                cancellationToken.ThrowIfCancellationRequested();
                done++;
                progress?.Report(new ReadProgress(done, (double)done / all));
                yield return new LabeledImage(
                    $"{(part == 0 ? "train" : "test")}/{number++:D5}",
                    label[0].ToString(CultureInfo.InvariantCulture),
                    new Raster(_files[part].Width, _files[part].Height, 1, pixels)
                );
            }
        }
    }

    private static string Find(string folder, string name) =>
        FindOrNull(folder, name)
        ?? throw new DatasetException($"{folder} contains neither {name} nor {name}.gz; all four files of MNIST are needed.");

    private static string? FindOrNull(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (File.Exists(path))
            return path;
        return File.Exists(path + ".gz") ? path + ".gz" : null;
    }

    private static void Check(IdxFile images, IdxFile labels)
    {
        if (images.Dimensions != 3 || labels.Dimensions != 1)
        {
            throw new DatasetException(
                $"{images.Path} has {images.Dimensions} dimensions and {labels.Path} {labels.Dimensions}; images have 3, labels 1."
            );
        }

        if (images.Count != labels.Count)
        {
            throw new DatasetException(
                $"{images.Path} has {images.Count:N0} images, but {labels.Path} has {labels.Count:N0} labels; they do not belong together."
            );
        }
    }
}
