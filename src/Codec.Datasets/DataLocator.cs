namespace Codec.Datasets;

/// <summary>A data set that has a name of its own.</summary>
public enum NamedDataset
{
    /// <summary>Labeled Faces in the Wild, deep-funneled; synthetic faces where it cannot be had.</summary>
    Faces,

    /// <summary>MNIST.</summary>
    Digits,

    /// <summary>The 24 photographs of Kodak's Photo CD (<c>kodak/kodim01.png</c> …): for testing, never for training.</summary>
    Kodak,

    /// <summary>Photographs to learn from (<c>photos-train/</c>).</summary>
    Photos,
}

/// <summary>What was found.</summary>
/// <param name="Source">The data set.</param>
/// <param name="Notice">What it is and where it was found, in a sentence or two for a person to read.</param>
/// <param name="IsSubstitute">Whether it stands in for what was asked for.</param>
public sealed record LocatedData(IDataSource Source, string Notice, bool IsSubstitute);

/// <summary>Finds named data sets: where the caller says, on this machine, or at their official addresses.</summary>
/// <remarks>
/// The order: the path given (<c>--data</c>), <c>$CODEC_DATA</c>, <c>./data</c>, <c>../shared/data</c> (both also from the root of the
/// checkout, and
/// the latter also a level higher, as for a worktree), the user's cache, a download into that cache, synthetic faces. Photographs are not
/// fetched.
/// </remarks>
public sealed class DataLocator
{
    /// <summary>The environment variable with a path to look in.</summary>
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

    /// <summary>Looks on this machine as its environment says.</summary>
    /// <param name="http">
    /// Used for downloads, and borrowed; null downloads nothing. <see cref="CreateHttpClient"/> makes a fitting one.
    /// </param>
    /// <param name="time">Measures how long an address does not answer; the system's clock when null.</param>
    public DataLocator(HttpClient? http, TimeProvider? time = null)
        : this(DataPlaces.OfThisProcess(), http, time ?? TimeProvider.System) { }

    internal DataLocator(DataPlaces places, HttpClient? http, TimeProvider time)
    {
        _places = places;
        _download = http is null ? null : new FileDownload(http, time);
    }

    /// <summary>A client that gives up within seconds where there is no network.</summary>
    public static HttpClient CreateHttpClient() =>
        new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) })
        {
            // The download watches for itself whether anything arrives; the whole may take long.
            Timeout = Timeout.InfiniteTimeSpan,
        };

    /// <summary>Finds a data set.</summary>
    /// <param name="dataset">Which.</param>
    /// <param name="request">Where to look first, and what to do with the images.</param>
    /// <param name="progress">Told how much of a download has arrived, 0 to 1.</param>
    /// <param name="cancellationToken">Ends a download; what has come so far stays for the next time.</param>
    /// <exception cref="DatasetException">
    /// The path given does not hold the set; or it is nowhere, and nothing can stand in for it.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
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
                    $"{given} does not hold {Describe(dataset)}. Give its archive or folder, or leave the path out to have it searched for."
                );
        }

        foreach (string place in _places.InOrder())
        {
            if (Open(dataset, place, request) is { } found)
                return found;
        }

        string reason = "downloads are off";
        (string folder, RemoteFile[] files) = Remote(dataset);
        if (files.Length == 0)
        {
            reason = "no address of it is known";
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
            $"{Describe(dataset)} is not on this machine (searched {string.Join(", ", _places.InOrder())}) and was not fetched: {reason}";
        if (dataset is not NamedDataset.Faces)
            throw new DatasetException(searched);
        IDataSource substitute = new SyntheticFaces(width: request.Crop.Width, height: request.Crop.Height);
        return new LocatedData(
            substitute,
            $"USING SYNTHETIC FACES, drawn by this program, in place of photographs: figures will not compare with those of real faces. {searched}",
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
                if (FindFaces(place) is not { } faces)
                    return null;
                return new LocatedData(
                    new LfwSource(faces, request.Crop, request.AttributesPath),
                    $"Labeled Faces in the Wild from {faces}.",
                    false
                );
            case NamedDataset.Digits:
                string? folder = new[] { place, Path.Combine(place, "mnist") }.FirstOrDefault(MnistSource.IsIn);
                return folder is null ? null : new LocatedData(new MnistSource(folder), $"MNIST from {folder}.", false);
            case NamedDataset.Kodak:
                return Photographs(place, "kodak", "kodim*.png");
            case NamedDataset.Photos:
                return Photographs(place, "photos-train", "*.*");
            default:
                throw new ArgumentOutOfRangeException(nameof(dataset), dataset, "There is no data set of that name.");
        }
    }

    // The folder itself only under its own name: any folder with pictures would do otherwise.
    private static LocatedData? Photographs(string place, string name, string pattern)
    {
        string[] candidates = [Path.Combine(place, name), Path.GetFileName(Path.TrimEndingDirectorySeparator(place)) == name ? place : ""];
        return candidates.FirstOrDefault(folder => Directory.Exists(folder) && Directory.EnumerateFiles(folder, pattern).Any()) is { } found
            ? new LocatedData(new FolderSource(found, strict: true), $"Photographs from {Path.GetFullPath(found)}.", false)
            : null;
    }

    private static string? FindFaces(string place)
    {
        if (File.Exists(place))
            return Path.GetFullPath(place);
        foreach (string name in new[] { "lfw-deepfunneled", "lfw_funneled", "lfw" })
        {
            string path = Path.GetFullPath(Path.Combine(place, name));
            if (File.Exists(path + ".tgz"))
                return path + ".tgz";
            if (LfwSource.IsIn(path))
                return path;
        }

        return LfwSource.IsIn(place) ? Path.GetFullPath(place) : null;
    }

    private static string Describe(NamedDataset dataset) =>
        dataset switch
        {
            NamedDataset.Faces => "Labeled Faces in the Wild (lfw-deepfunneled.tgz)",
            NamedDataset.Digits => "MNIST (its four IDX files)",
            NamedDataset.Kodak => "Kodak's photographs (kodak/kodim01.png …)",
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
