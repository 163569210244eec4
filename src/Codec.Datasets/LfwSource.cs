using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Codec.Images;
using Codec.Imaging;

namespace Codec.Datasets;

/// <summary>Reads Labeled Faces in the Wild (Huang et al. 2007) from its site's archive or the folder that it was unpacked to.</summary>
/// <remarks>The images are in ordinal order of their paths: <c>AJ_Cook/AJ_Cook_0001.jpg</c> comes before <c>Aaron_Eckhart/…</c>.</remarks>
public sealed partial class LfwSource : IDataSource
{
    // The set's largest photograph has 36 KB.
    internal const int MaxPhotoBytes = 1 << 20;

    // The set has 13,233.
    internal const int MaxPhotos = 100_000;

    private static readonly ImageLimits PhotoLimits = new()
    {
        MaxFileBytes = MaxPhotoBytes,
        MaxSide = 1024,
        MaxPixels = 1 << 20,
    };

    private static readonly string[] AttributesFiles = ["lfw_attributes.txt", "lfw_attributes_partial.txt"];

    private readonly string _path;
    private readonly FaceCrop _crop;
    private readonly string? _attributesPath;
    private readonly FrozenSet<string>? _kept;

    /// <summary>Creates the source; nothing is read yet.</summary>
    /// <param name="path">The <c>.tgz</c>, the folder with one subfolder for each person, or the parent of that folder.</param>
    /// <param name="crop">Margin and size; null uses the article's.</param>
    /// <param name="attributesPath">
    /// The attributes file (Kumar et al. 2009); only the photographs that it annotates are kept. Null keeps all.
    /// </param>
    public LfwSource(string path, FaceCrop? crop = null, string? attributesPath = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.TrimEndingDirectorySeparator(path);
        _crop = crop ?? new FaceCrop();
        _attributesPath = attributesPath;
    }

    private LfwSource(LfwSource whole, FaceCrop crop, IEnumerable<string> ids)
        : this(whole._path, crop, whole._attributesPath) => _kept = ids.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The attributes' names; empty until the set was read with an attributes file.</summary>
    public IReadOnlyList<string> AttributeNames { get; private set; } = [];

    /// <summary>
    /// Creates a source of the same set with the attributes file in its parent folder, complete or partial; null if there is none.
    /// </summary>
    public LfwSource? WithAttributes()
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(_path)) ?? "";
        string? attributes = AttributesFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return attributes is null ? null : new LfwSource(_path, _crop, attributes);
    }

    /// <inheritdoc/>
    public string Name =>
        $"lfw crop {_crop.Margin} {_crop.Width}×{_crop.Height} from {Path.GetFileName(_path)}{(_attributesPath is null ? "" : ", annotated only")}{(_kept is null ? "" : $", {_kept.Count} chosen")}";

    /// <inheritdoc/>
    public string License => "Labeled Faces in the Wild, University of Massachusetts: press photographs, for research";

    /// <summary>Reads the names of all photographs, in the set's order, without decoding them.</summary>
    /// <exception cref="DatasetException">The set is missing, damaged or truncated.</exception>
    public string[] ReadIds()
    {
        using LfwPhotos photos = LfwPhotos.Open(_path);
        string[] ids = [.. photos.Read().Select(photo => photo.Id)];
        Array.Sort(ids, string.CompareOrdinal);
        return ids;
    }

    /// <inheritdoc/>
    public bool IsFixed => true;

    /// <summary>Creates a source of some of the photographs; the others are neither decoded nor kept in memory.</summary>
    /// <param name="ids">The names of the photographs to keep.</param>
    /// <param name="crop">Margin and size.</param>
    public LfwSource Choose(IEnumerable<string> ids, FaceCrop crop) => new(this, crop, ids);

    /// <summary>Returns the person that a photograph shows: the part of its id before the slash.</summary>
    public static string PersonOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id[..id.IndexOf('/', StringComparison.Ordinal)];
    }

    /// <inheritdoc/>
    public IEnumerable<LabeledImage> Read(IProgress<ReadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        LfwAttributes? attributes = _attributesPath is null ? null : LfwAttributes.Read(_attributesPath);
        using LfwPhotos photos = LfwPhotos.Open(_path);

        var faces = new List<LabeledImage>();
        foreach (
            LabeledImage face in photos
                .Read()
                .Where(photo => (attributes is null || attributes.Contains(photo.Id)) && (_kept is null || _kept.Contains(photo.Id)))
                .SelectInParallel(Decode, cancellationToken)
        )
        {
            faces.Add(face);
            progress?.Report(new ReadProgress(faces.Count, photos.Fraction));
        }

        // An archive may contain its files in any order, so sort them after reading all.
        faces.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        if (_kept is null)
            attributes?.CheckAllFound(faces);
        if (faces.Count == 0)
            throw new DatasetException($"{_path} contains no photograph named like Ada_Lovelace/Ada_Lovelace_0001.jpg.");
        for (int i = 1; i < faces.Count; i++)
        {
            if (faces[i].Id == faces[i - 1].Id)
                throw new DatasetException($"{_path} contains {faces[i].Id} twice.");
        }

        if (attributes is null)
            return faces;
        AttributeNames = attributes.Names;
        return faces.Select(face => face with { Attributes = attributes.Of(face.Id) });
    }

    /// <summary>Whether a folder has a subfolder for each person, as in the set's archive.</summary>
    public static bool IsIn(string folder) =>
        Directory.Exists(folder)
        && Directory
            .EnumerateFiles(folder, "*_0001.jpg", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Any(path => TryGetId(Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), out _));

    /// <summary>Matches the path of a photograph of the set; the id is its last two parts, the person's folder and the file.</summary>
    internal static bool TryGetId(string path, out string id)
    {
        Match match = PhotoPath().Match(path);
        id = match.Success ? $"{match.Groups["person"].Value}/{match.Groups["file"].Value}" : "";
        return match.Success;
    }

    private LabeledImage Decode(LfwPhoto photo)
    {
        try
        {
            Raster face = _crop.Apply(ImageFile.Decode(photo.File, PhotoLimits));
            return new LabeledImage(photo.Id, PersonOf(photo.Id), face);
        }
        catch (Exception e) when (e is InvalidImageException or DatasetException)
        {
            throw new DatasetException($"{photo.Id} of {_path} cannot be used: {e.Message}", e);
        }
    }

    // The file repeats the person's name and numbers the photographs from 0001.
    [GeneratedRegex(@"(^|/)(?<person>[^/]+)/(?<file>\k<person>_\d{4}\.jpg)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex PhotoPath();
}
