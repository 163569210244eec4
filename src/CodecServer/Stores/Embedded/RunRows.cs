using Codec.Frames;

namespace Codec.Server.Stores.Embedded;

/// <summary>A run as it is stored: rows of checksummed frames, and the newest code of each key.</summary>
internal sealed class RunRows
{
    /// <summary>
    /// Maximum number of bytes of a row's codes, keys and headers; a larger code has a row of its own. Whole rows are read and dropped, so
    /// this bounds the memory that a reader holds beyond its request, and the bytes by which retention lags. The value equals the default
    /// size of a subscriber's frame.
    /// </summary>
    private const int MaxRowBytes = 64 << 10;

    /// <summary>Bytes of pages that a row takes beside its frame: its last page, and those of a key in a table and in an index.</summary>
    private const int BytesBesideFrame = 12 << 10;

    private RunRows(CodeRun run, IReadOnlyDictionary<string, int> newest, IReadOnlyList<Row> rows)
    {
        (Version, Count, Newest, Rows) = (run.Version.Hex, run.Codes.Count, newest, rows);
        (StoredCodes, StoredBytes) = (rows.Sum(row => row.Count), rows.Sum(row => row.Bytes));
    }

    /// <summary>Digest of the version.</summary>
    public string Version { get; }

    /// <summary>Number of codes in the run, which is the number of sequences that it takes.</summary>
    public int Count { get; }

    /// <summary>Key → index in the run of the newest code that has it.</summary>
    public IReadOnlyDictionary<string, int> Newest { get; }

    /// <summary>The rows to store, in order.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>Number of codes in the rows.</summary>
    public int StoredCodes { get; }

    /// <summary>Bytes of these codes.</summary>
    public long StoredBytes { get; }

    /// <summary>Bytes that the rows take on the disk at most.</summary>
    public long DiskBytes => Rows.Sum(row => (long)row.Frame.Length + row.Lengths.Length + BytesBesideFrame);

    /// <summary>Builds the rows of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="latestOfEachKey">
    /// Whether each code gets a row of its own, so that it can be dropped alone. A code that a later one of the run supersedes gets none.
    /// </param>
    public static RunRows Of(CodeRun run, bool latestOfEachKey)
    {
        CodeInfo[] infos = [.. Enumerable.Range(0, run.Codes.Count).Select(i => WithoutStoredAt(run.Info[i]))];
        var newest = new Dictionary<string, int>();
        for (int i = 0; i < infos.Length; i++)
        {
            if (infos[i].Key is { } key)
                newest[key] = i;
        }

        var rows = new List<Row>();
        for (int start = 0; start < infos.Length; )
        {
            int end = latestOfEachKey ? start + 1 : RowEnd(run, infos, start);
            if (!latestOfEachKey || infos[start].Key is not { } key || newest[key] == start)
                rows.Add(ToRow(run, infos, start, end));

            start = end;
        }

        return new RunRows(run, newest, rows);
    }

    /// <summary>Removes the time of storing, which is a column that the log sets, not the producer.</summary>
    private static CodeInfo WithoutStoredAt(CodeInfo info) => info.StoredAt is null ? info : info with { StoredAt = null };

    private static int RowEnd(CodeRun run, CodeInfo[] infos, int start)
    {
        int end = start;
        long bytes = 0;
        do
        {
            bytes +=
                run.Codes[end].Length
                + (infos[end].Key?.Length ?? 0L)
                + infos[end].Headers.Sum(header => header.Key.Length + header.Value.Length);
        } while ((end == start || bytes <= MaxRowBytes) && ++end < infos.Length);
        return end;
    }

    private static Row ToRow(CodeRun run, CodeInfo[] infos, int start, int end)
    {
        ReadOnlyMemory<byte>[] codes = [.. run.Codes.Take(start..end)];
        byte[] frame = CodeFrame.Write(run.Quality, codes, checksum: true, info: new FrameInfo(infos[start..end]));
        return new Row(start, codes.Length, codes.Sum(code => (long)code.Length), CodeLengths.Write(codes), frame);
    }

    /// <summary>One row.</summary>
    /// <param name="Offset">Index of its first code in the run.</param>
    /// <param name="Count">Number of its codes.</param>
    /// <param name="Bytes">Bytes of these codes.</param>
    /// <param name="Lengths">Their lengths (<see cref="CodeLengths"/>).</param>
    /// <param name="Frame">The frame.</param>
    internal sealed record Row(int Offset, int Count, long Bytes, byte[] Lengths, byte[] Frame);
}
