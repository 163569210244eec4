using System.Buffers.Binary;
using System.IO.Compression;

namespace Codec.Datasets;

/// <summary>
/// Reads a file of the IDX format (LeCun): a big-endian header, then bytes in one or three dimensions; gzipped if its name ends in .gz.
/// </summary>
internal sealed class IdxFile
{
    // MNIST has 60,000 items of 28×28; the larger EMNIST has 814,255.
    private const uint MaxCount = 1_000_000;
    private const uint MaxSide = 256;
    private const byte UnsignedByte = 0x08;

    /// <summary>Reads the header.</summary>
    /// <exception cref="DatasetException">The file is not IDX, or its header exceeds a limit.</exception>
    public IdxFile(string path)
    {
        Path = path;
        using Stream stream = Open();
        (Dimensions, Count, Height, Width) = Guard(() => ReadHeader(stream));
    }

    public string Path { get; }

    /// <summary>1 (labels) or 3 (images).</summary>
    public int Dimensions { get; }

    public int Count { get; }

    /// <summary>Rows of an item; 1 for labels.</summary>
    public int Height { get; }

    /// <summary>Bytes in a row of an item; 1 for labels.</summary>
    public int Width { get; }

    /// <summary>Reads the items in order.</summary>
    /// <exception cref="DatasetException">The file ends early, or continues after the last item.</exception>
    public IEnumerable<byte[]> ReadItems()
    {
        using Stream stream = Open();
        Guard(() => ReadHeader(stream));
        for (int i = 0; i < Count; i++)
        {
            var item = new byte[Height * Width];
            Guard(() =>
            {
                stream.ReadExactly(item);
                return true;
            });
            yield return item;
        }

        if (Guard(stream.ReadByte) >= 0)
            throw new DatasetException($"{Path} continues after the {Count:N0} items that its header declares.");
    }

    private Stream Open()
    {
        FileStream file = Guard(() => new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
        return Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new BufferedStream(new GZipStream(file, CompressionMode.Decompress), 1 << 16)
            : file;
    }

    private (int Dimensions, int Count, int Height, int Width) ReadHeader(Stream stream)
    {
        Span<byte> field = stackalloc byte[4];
        stream.ReadExactly(field);
        if (field[0] != 0 || field[1] != 0 || field[2] != UnsignedByte || field[3] is not (1 or 3))
        {
            throw new DatasetException(
                $"{Path} is not an IDX file of bytes in 1 or 3 dimensions: it begins with {Convert.ToHexString(field)}, not 00000801 or 00000803."
            );
        }

        int dimensions = field[3];
        Span<uint> sizes = [0, 1, 1];
        for (int d = 0; d < dimensions; d++)
        {
            stream.ReadExactly(field);
            sizes[d] = BinaryPrimitives.ReadUInt32BigEndian(field);
        }

        if (sizes[0] is 0 or > MaxCount || sizes[1] is 0 or > MaxSide || sizes[2] is 0 or > MaxSide)
        {
            throw new DatasetException(
                $"{Path} declares {sizes[0]:N0} items of {sizes[1]:N0}×{sizes[2]:N0}; 1 to {MaxCount:N0} items and 1 to {MaxSide} a side are allowed."
            );
        }

        return (dimensions, (int)sizes[0], (int)sizes[1], (int)sizes[2]);
    }

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{Path} is damaged or truncated: {e.Message}", e);
        }
    }
}
