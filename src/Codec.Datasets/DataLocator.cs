namespace Codec.Datasets;

/// <summary>A data set that can be located by name.</summary>
public enum NamedDataset
{
    /// <summary>Labeled Faces in the Wild, deep-funneled; synthetic faces if it cannot be found or downloaded.</summary>
    Faces,

    /// <summary>
    /// Labeled Faces in the Wild as it was first published, without any alignment (<c>lfw.tgz</c>, or <c>lfw/</c>): never downloaded or
    /// replaced.
    /// </summary>
    RawFaces,

    /// <summary>MNIST.</summary>
    Digits,

    /// <summary>The 24 photographs of Kodak's Photo CD (<c>kodak/kodim01.png</c> …): for testing only.</summary>
    Kodak,

    /// <summary>Photographs for training (<c>photos-train/</c>).</summary>
    Photos,

    /// <summary>More photographs, and graphics, for training (<c>photos-more/photo-*</c>, <c>photos-more/graphic-*</c>).</summary>
    MorePhotos,
}

/// <summary>A located data set.</summary>
/// <param name="Source">The data set.</param>
/// <param name="Notice">What it is and where it was found, in one or two sentences.</param>
/// <param name="IsSubstitute">Whether it replaces the requested set.</param>
public sealed record LocatedData(IDataSource Source, string Notice, bool IsSubstitute);

/// <summary>Locates named data sets: at a given path, on this machine, or at their official addresses.</summary>
/// <remarks>
/// Search order: the given path (<c>--data</c>), <c>$CODEC_DATA</c>, <c>./data</c>, <c>../shared/data</c> (both also relative to the
/// repository's root, the latter also one level higher, for worktrees), the user's cache, a download into that cache, synthetic faces.
/// Photographs are never downloaded.
/// </remarks>
public sealed class DataLocator
{
    /// <summary>The environment variable with a path to search.</summary>
    public const string Variable = "CODEC_DATA";

    private static readonly RemoteFile FacesArchive = new(
        "lfw-deepfunneled.tgz",
        new Uri("http://vis-www.cs.umass.edu/lfw/lfw-deepfunneled.tgz"),
        108_761_145,
        "08575363d69edaed9a7c3ccb9e2eebd76c91bc1011b2baaf725f8d1284bf3a2f"
    );

    private static readonly RemoteFile[] DigitsFiles =
    [
        Digits(MnistSource.TrainImages, 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        Digits(MnistSource.TrainLabels, 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        Digits(MnistSource.TestImages, 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        Digits(MnistSource.TestLabels, 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ];

    private readonly DataPlaces _places;
    private readonly FileDownload? _download;

    /// <summary>Creates a locator that searches the folders of this process's environment.</summary>
    /// <param name="http">
    /// Used for downloads and not disposed; null downloads nothing. <see cref="CreateHttpClient"/> creates a suitable one.
    /// </param>
    /// <param name="time">The clock of timeouts; null uses the system's.</param>
    public DataLocator(HttpClient? http, TimeProvider? time = null)
        : this(DataPlaces.OfThisProcess(), http, time ?? TimeProvider.System) { }

    internal DataLocator(DataPlaces places, HttpClient? http, TimeProvider time)
    {
        _places = places;
        _download = http is null ? null : new FileDownload(http, time);
    }

    /// <summary>Creates a client that gives up within seconds if there is no network.</summary>
    public static HttpClient CreateHttpClient() =>
        new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) })
        {
            // The download has its own timeouts for each part; the whole may take long.
            Timeout = Timeout.InfiniteTimeSpan,
        };

    /// <summary>Locates a data set, and downloads it if necessary.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="request">Where to search, and how to process the images.</param>
    /// <param name="progress">Receives the completed fraction of a download, 0 to 1.</param>
    /// <param name="cancellationToken">Stops a download; the received part is kept for the next attempt.</param>
    /// <exception cref="DatasetException">
    /// The given path does not contain the set; or it was not found, and nothing can replace it.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public async Task<LocatedData> LocateAsync(
        NamedDataset dataset,
        DataRequest? request = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        request ??= new DataRequest();
        if (request.Path is { } given)
        {
            return Open(dataset, given, request)
                ?? throw new DatasetException(
                    $"{given} does not contain {Describe(dataset)}. Give its archive or folder, or omit the path to search for it."
                );
        }

        foreach (string place in _places.InOrder())
        {
            if (Open(dataset, place, request) is { } found)
                return found;
        }

        string reason = "downloads are disabled";
        (string folder, RemoteFile[] files) = Remote(dataset);
        if (files.Length == 0)
        {
            reason = "it has no known address";
        }
        else if (_download is not null)
        {
            try
            {
                for (int i = 0; i < files.Length; i++)
                    await _download.FetchAsync(files[i], folder, Part(progress, i, files.Length), cancellationToken).ConfigureAwait(false);
                return Open(dataset, _places.Cache, request)!;
            }
            catch (DatasetException e)
            {
                reason = e.Message;
            }
        }

        string searched =
            $"{Describe(dataset)} is not on this machine (searched {string.Join(", ", _places.InOrder())}) and was not downloaded: {reason}";
        if (dataset is not NamedDataset.Faces)
            throw new DatasetException(searched);
        IDataSource substitute = new SyntheticFaces(width: request.Crop.Width, height: request.Crop.Height);
        return new LocatedData(
            substitute,
            $"USING SYNTHETIC FACES, drawn by this program, instead of photographs: results are not comparable with those of real faces. {searched}",
            IsSubstitute: true
        );
    }

    private (string Folder, RemoteFile[] Files) Remote(NamedDataset dataset) =>
        dataset switch
        {
            NamedDataset.Faces => (_places.Cache, [FacesArchive]),
            NamedDataset.Digits => (Path.Combine(_places.Cache, "mnist"), DigitsFiles),
            _ => ("", []),
        };

    private static LocatedData? Open(NamedDataset dataset, string place, DataRequest request)
    {
        switch (dataset)
        {
            case NamedDataset.Faces:
                string? faces =
                    File.Exists(place) ? Path.GetFullPath(place)
                    : FindFaces(place, ["lfw-deepfunneled", "lfw_funneled", "lfw"]) is { } found ? found
                    : LfwSource.IsIn(place) ? Path.GetFullPath(place)
                    : null;
                if (faces is null)
                    return null;
                return new LocatedData(
                    new LfwSource(faces, request.Crop, request.AttributesPath),
                    $"Labeled Faces in the Wild from {faces}.",
                    false
                );
            case NamedDataset.RawFaces:
                return FindFaces(place, ["lfw"]) is { } raw
                    ? new LocatedData(
                        new LfwSource(raw, request.Crop, request.AttributesPath),
                        $"Labeled Faces in the Wild, not aligned, from {raw}.",
                        false
                    )
                    : null;
            case NamedDataset.Digits:
                string? folder = new[] { place, Path.Combine(place, "mnist") }.FirstOrDefault(MnistSource.IsIn);
                return folder is null ? null : new LocatedData(new MnistSource(folder), $"MNIST from {folder}.", false);
            case NamedDataset.Kodak:
                return Photographs(place, "kodak", "kodim*.png");
            case NamedDataset.Photos:
                return Photographs(place, "photos-train", "*.*");
            case NamedDataset.MorePhotos:
                return Photographs(place, "photos-more", "*.webp");
            default:
                throw new ArgumentOutOfRangeException(nameof(dataset), dataset, "The value names no data set.");
        }
    }

    // Accept the place itself only under the set's name; otherwise any folder with pictures would match.
    private static LocatedData? Photographs(string place, string name, string pattern)
    {
        string[] candidates = [Path.Combine(place, name), Path.GetFileName(Path.TrimEndingDirectorySeparator(place)) == name ? place : ""];
        return candidates.FirstOrDefault(folder => Directory.Exists(folder) && Directory.EnumerateFiles(folder, pattern).Any()) is { } found
            ? new LocatedData(
                new FolderSource(found, new FolderOptions { Strict = true }),
                $"Photographs from {Path.GetFullPath(found)}.",
                false
            )
            : null;
    }

    private static string? FindFaces(string place, string[] names)
    {
        foreach (string name in names)
        {
            string path = Path.GetFullPath(Path.Combine(place, name));
            if (File.Exists(path + ".tgz"))
                return path + ".tgz";
            if (LfwSource.IsIn(path))
                return path;
        }

        return null;
    }

    private static string Describe(NamedDataset dataset) =>
        dataset switch
        {
            NamedDataset.Faces => "Labeled Faces in the Wild (lfw-deepfunneled.tgz)",
            NamedDataset.RawFaces => "Labeled Faces in the Wild as first published (lfw.tgz)",
            NamedDataset.Digits => "MNIST (its four IDX files)",
            NamedDataset.Kodak => "Kodak's photographs (kodak/kodim01.png …)",
            NamedDataset.MorePhotos => "more photographs and graphics (photos-more/)",
            _ => "a folder of photographs (photos-train/)",
        };

    private static RemoteFile Digits(string name, long length, string sha256) =>
        new($"{name}.gz", new Uri($"https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz"), length, sha256);

    private static Progress? Part(IProgress<double>? whole, int index, int count) =>
        whole is null ? null : new Progress(fraction => whole.Report((index + fraction) / count));

    private sealed class Progress(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
