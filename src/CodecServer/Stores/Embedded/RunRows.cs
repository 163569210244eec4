using Codec.Frames;

namespace Codec.Server.Stores.Embedded;

/// <summary>A run as it is stored: rows of checksummed frames, and the newest code of each key.</summary>
internal sealed class RunRows
{
    /// <summary>
    /// Most bytes of a row's codes, keys and headers; a single larger code makes a row alone. Reading takes whole rows, so this bounds what
    /// a reader holds beyond what it asked for, and by how much retention is late. It is what a subscriber's frame has by default.
    /// </summary>
    private const int MaxRowBytes = 64 << 10;

    private RunRows(CodeRun run, IReadOnlyDictionary<string, int> newest, IReadOnlyList<Row> rows)
    {
        (Version, Count, Newest, Rows) = (run.Version.Hex, run.Codes.Count, newest, rows);
        (StoredCodes, StoredBytes) = (rows.Sum(row => row.Count), rows.Sum(row => row.Bytes));
    }

    /// <summary>Digest of the version.</summary>
    public string Version { get; }

    /// <summary>Codes of the run: the sequences that it takes.</summary>
    public int Count { get; }

    /// <summary>For each key, the newest code that has it: its place in the run.</summary>
    public IReadOnlyDictionary<string, int> Newest { get; }

    /// <summary>What is stored, in order.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>Codes that are stored.</summary>
    public int StoredCodes { get; }

    /// <summary>Bytes of these.</summary>
    public long StoredBytes { get; }

    /// <summary>Writes the frames of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="latestOfEachKey">
    /// Whether each code gets a row of its own, so that it can be dropped alone; codes that a later one of the run supersedes get none.
    /// </param>
    public static RunRows Of(CodeRun run, bool latestOfEachKey)
    {
        CodeInfo[] infos = [.. Enumerable.Range(0, run.Codes.Count).Select(i => Kept(run.Info[i]))];
        var newest = new Dictionary<string, int>();
        for (int i = 0; i < infos.Length; i++)
        {
            if (infos[i].Key is { } key)
            {
                newest[key] = i;
            }
        }

        var rows = new List<Row>();
        for (int start = 0; start < infos.Length; )
        {
            int end = latestOfEachKey ? start + 1 : RowEnd(run, infos, start);
            if (!latestOfEachKey || infos[start].Key is not { } key || newest[key] == start)
            {
                rows.Add(ToRow(run, infos, start, end));
            }

            start = end;
        }

        return new RunRows(run, newest, rows);
    }

    /// <summary>What a stored frame says of a code: the time of storing is a column, which the producer does not set.</summary>
    private static CodeInfo Kept(CodeInfo info) => info.StoredAt is null ? info : info with { StoredAt = null };

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
    /// <param name="Offset">Place of its first code in the run.</param>
    /// <param name="Count">How many codes it has.</param>
    /// <param name="Bytes">Bytes of these.</param>
    /// <param name="Lengths">Where they end (<see cref="CodeLengths"/>).</param>
    /// <param name="Frame">The frame.</param>
    internal sealed record Row(int Offset, int Count, long Bytes, byte[] Lengths, byte[] Frame);
}
