using Microsoft.Win32.SafeHandles;

namespace Codec.Datasets;

/// <summary>
/// Holds the samples of many images of one size: the first in memory up to a bound, the others in a temporary file, which ends with the
/// process. So the number of images is bounded by the disk, and not by memory or by the length of an array.
/// </summary>
/// <param name="imageLength">Bytes of an image.</param>
/// <param name="memory">Largest number of bytes in memory.</param>
internal sealed class SampleStore(int imageLength, long memory = SampleStore.DefaultMemory)
{
    /// <summary>Bytes that are kept in memory: all of Labeled Faces in the Wild at 64×64, with room for a training beside it.</summary>
    public const long DefaultMemory = 256L << 20;

    private const int ChunkBytes = 4 << 20;

    private readonly int _chunk = Math.Max(1, ChunkBytes / imageLength);
    private readonly long _held = memory / imageLength;
    private readonly List<byte[]> _chunks = [];
    private SafeFileHandle? _file;

    /// <summary>Number of images.</summary>
    public int Count { get; private set; }

    /// <summary>Appends an image.</summary>
    /// <exception cref="DatasetException">The disk is full.</exception>
    public void Add(ReadOnlySpan<byte> image)
    {
        if (Count < _held)
        {
            if (Count % _chunk == 0)
                _chunks.Add(new byte[_chunk * imageLength]);
            image.CopyTo(_chunks[^1].AsSpan(Count % _chunk * imageLength));
        }
        else
        {
            Write(image);
        }

        Count++;
    }

    /// <summary>The samples of an image, in memory of the store or read into a new array.</summary>
    public ReadOnlySpan<byte> Get(int place)
    {
        if (place < _held)
            return _chunks[place / _chunk].AsSpan(place % _chunk * imageLength, imageLength);
        var image = new byte[imageLength];
        Read(place, image);
        return image;
    }

    /// <summary>Copies the samples of an image.</summary>
    public void Read(int place, Span<byte> image)
    {
        if (place < _held)
        {
            Get(place).CopyTo(image);
            return;
        }

        for (int done = 0; done < imageLength; )
        {
            int read = RandomAccess.Read(_file!, image[done..imageLength], OffsetOf(place) + done);
            if (read == 0)
                throw new DatasetException("The temporary file of images was shortened by another program; start again.");
            done += read;
        }
    }

    private long OffsetOf(int place) => (place - _held) * imageLength;

    private void Write(ReadOnlySpan<byte> image)
    {
        string folder = Path.GetTempPath();
        try
        {
            _file ??= Open(Path.Combine(folder, $"codec-images-{Guid.NewGuid():N}"));
            RandomAccess.Write(_file, image, OffsetOf(Count));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                $"{Count:N0} images of {imageLength:N0} bytes do not fit the temporary folder {folder}: {exception.Message} Set TMPDIR to a folder with more space, or give smaller or fewer images.",
                exception
            );
        }
    }

    private static SafeFileHandle Open(string path)
    {
        SafeFileHandle file = File.OpenHandle(
            path,
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None
        );
        // Deleted at once: also a process that is killed leaves nothing.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }
}
