using System.Formats.Tar;
using System.IO.Compression;

namespace Codec.Datasets;

/// <summary>A JPEG file of LFW.</summary>
/// <param name="Id">The person's folder and the file's name, separated by a slash.</param>
/// <param name="File">The JPEG.</param>
internal sealed record LfwPhoto(string Id, byte[] File);

/// <summary>Reads the photographs of LFW from an archive or a folder.</summary>
internal abstract class LfwPhotos : IDisposable
{
    /// <summary>Fraction of the set that was read, 0 to 1.</summary>
    public abstract double Fraction { get; }

    /// <summary>Opens a set.</summary>
    /// <exception cref="DatasetException">The path does not exist, or cannot be opened.</exception>
    public static LfwPhotos Open(string path)
    {
        try
        {
            if (Directory.Exists(path))
                return new InFolder(path);
            if (File.Exists(path))
                return new InArchive(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path} cannot be opened: {e.Message}", e);
        }

        throw new DatasetException(
            $"There is no archive or folder {path}; give the path of lfw-deepfunneled.tgz or of the folder it was unpacked to."
        );
    }

    /// <summary>Reads the photographs, in the order of the archive or folder.</summary>
    /// <exception cref="DatasetException">The set is damaged, truncated, or far larger than LFW.</exception>
    public IEnumerable<LfwPhoto> Read()
    {
        using IEnumerator<LfwPhoto> photos = ReadAll().GetEnumerator();
        for (int count = 0; MoveNext(photos); count++)
        {
            if (count == LfwSource.MaxPhotos)
            {
                throw new DatasetException(
                    $"More than {LfwSource.MaxPhotos:N0} photographs: this is not Labeled Faces in the Wild, which has 13,233."
                );
            }

            yield return photos.Current;
        }
    }

    public virtual void Dispose() { }

    protected abstract IEnumerable<LfwPhoto> ReadAll();

    protected abstract DatasetException Failure(Exception cause);

    protected static byte[] ReadPhoto(Stream stream, string id, long length)
    {
        if (length > LfwSource.MaxPhotoBytes)
            throw new DatasetException($"{id} has {length:N0} bytes; a photograph of the set has at most {LfwSource.MaxPhotoBytes:N0}.");
        var file = new byte[length];
        stream.ReadExactly(file);
        return file;
    }

    private bool MoveNext(IEnumerator<LfwPhoto> photos)
    {
        try
        {
            return photos.MoveNext();
        }
        catch (Exception e)
            when (e is IOException or InvalidDataException or FormatException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Failure(e);
        }
    }

    private sealed class InArchive(string path) : LfwPhotos
    {
        private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);

        public override double Fraction => _file.Length == 0 ? 1 : (double)_file.Position / _file.Length;

        public override void Dispose()
        {
            _file.Dispose();
            base.Dispose();
        }

        protected override DatasetException Failure(Exception cause) =>
            new(
                $"{path} is damaged or truncated at about byte {_file.Position:N0} of {_file.Length:N0}: {cause.Message} Download it again.",
                cause
            );

        protected override IEnumerable<LfwPhoto> ReadAll()
        {
            using var unzipped = new GZipStream(_file, CompressionMode.Decompress, leaveOpen: true);
            using var archive = new TarReader(unzipped);
            while (archive.GetNextEntry() is { } entry)
            {
                if (entry.DataStream is { } data && LfwSource.TryGetId(entry.Name, out string id))
                    yield return new LfwPhoto(id, ReadPhoto(data, id, entry.Length));
            }
        }
    }

    private sealed class InFolder(string path) : LfwPhotos
    {
        private double _fraction;

        public override double Fraction => _fraction;

        protected override DatasetException Failure(Exception cause) => new($"{path} cannot be read: {cause.Message}", cause);

        protected override IEnumerable<LfwPhoto> ReadAll()
        {
            string[] files = Directory.GetFiles(
                path,
                "*.jpg",
                new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }
            );
            Array.Sort(files, string.CompareOrdinal);
            for (int i = 0; i < files.Length; i++)
            {
                string relative = Path.GetRelativePath(path, files[i]).Replace(Path.DirectorySeparatorChar, '/');
                if (!LfwSource.TryGetId(relative, out string id))
                    continue;
                using FileStream file = File.OpenRead(files[i]);
                yield return new LfwPhoto(id, ReadPhoto(file, id, file.Length));
                _fraction = (i + 1.0) / files.Length;
            }
        }
    }
}
