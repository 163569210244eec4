using Codec.Server.Stores;

namespace Codec.Server.Channels;

/// <summary>Cuts and joins stored runs into the frames that a subscriber gets: as full as the bounds and the log allow.</summary>
/// <param name="maxCodes">Most codes in a frame.</param>
/// <param name="maxBytes">Most bytes of codes in a frame; a single larger code still makes one.</param>
internal sealed class FrameAssembler(int maxCodes, int maxBytes)
{
    private readonly Queue<(Digest Version, int Quality, ReadOnlyMemory<byte> Code)> _pending = new();
    private long _sequence;
    private long _bytes;

    /// <summary>Whether there is enough for a full frame.</summary>
    public bool IsFull => _pending.Count >= maxCodes || _bytes >= maxBytes;

    /// <summary>Adds a run, which follows what was added before.</summary>
    public void Add(StoredRun stored)
    {
        if (_pending.Count == 0)
        {
            _sequence = stored.FirstSequence;
        }

        foreach (ReadOnlyMemory<byte> code in stored.Run.Codes)
        {
            _pending.Enqueue((stored.Run.Version, stored.Run.Quality, code));
            _bytes += code.Length;
        }
    }

    /// <summary>Takes the next frame's codes, all of one version and quality; null where nothing is pending.</summary>
    public StoredRun? Take()
    {
        if (!_pending.TryPeek(out var first))
        {
            return null;
        }

        var codes = new List<ReadOnlyMemory<byte>>(Math.Min(_pending.Count, maxCodes));
        long bytes = 0;
        while (codes.Count < maxCodes
            && _pending.TryPeek(out var next)
            && (next.Version, next.Quality) == (first.Version, first.Quality)
            && (codes.Count == 0 || bytes + next.Code.Length <= maxBytes))
        {
            codes.Add(_pending.Dequeue().Code);
            bytes += next.Code.Length;
        }

        var frame = new StoredRun(_sequence, new CodeRun(first.Version, first.Quality, codes));
        _sequence += codes.Count;
        _bytes -= bytes;
        return frame;
    }
}
