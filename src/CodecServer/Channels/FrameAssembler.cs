using Codec.Frames;
using Codec.Server.Stores;

namespace Codec.Server.Channels;

/// <summary>The codes of one frame for a subscriber.</summary>
/// <param name="FirstSequence">Sequence of the first code; the run's info holds the gaps between the others.</param>
/// <param name="NextSequence">The sequence after the last code.</param>
/// <param name="Run">The codes, all of one version and quality.</param>
internal sealed record AssembledFrame(long FirstSequence, long NextSequence, CodeRun Run);

/// <summary>Cuts and joins stored codes into frames for a subscriber, as full as the bounds allow.</summary>
/// <param name="maxCodes">Maximum number of codes in a frame.</param>
/// <param name="maxBytes">Maximum number of bytes of codes, keys and headers in a frame; a larger code has a frame of its own.</param>
/// <param name="storedTimes">Whether frames carry the time at which each code was stored.</param>
internal sealed class FrameAssembler(int maxCodes, int maxBytes, bool storedTimes = false)
{
    /// <summary>
    /// Maximum number of bytes of keys and headers together in a frame: the format's bound for either of them (docs/format.md).
    /// </summary>
    private const int MaxInfoBytes = 256 << 10;

    private readonly Queue<StoredCode> _pending = new();
    private long _bytes;

    /// <summary>Whether the pending codes fill a frame.</summary>
    public bool IsFull => _pending.Count >= maxCodes || _bytes >= maxBytes;

    /// <summary>Adds codes, whose sequences follow those of the codes added before.</summary>
    public void Add(IEnumerable<StoredCode> codes)
    {
        foreach (StoredCode code in codes)
        {
            _pending.Enqueue(code);
            _bytes += Size(code);
        }
    }

    /// <summary>Removes and returns the next frame; null if no code is pending.</summary>
    public AssembledFrame? Take()
    {
        if (!_pending.TryPeek(out StoredCode first))
            return null;

        int capacity = Math.Min(_pending.Count, maxCodes);
        var codes = new List<ReadOnlyMemory<byte>>(capacity);
        var infos = new List<CodeInfo>(capacity);
        var gaps = new List<long>(capacity);
        long bytes = 0;
        int infoBytes = 0;
        long next = first.Sequence;
        bool hasInfo = false;
        bool hasGaps = false;
        while (
            codes.Count < maxCodes
            && _pending.TryPeek(out StoredCode code)
            && (code.Version, code.Quality) == (first.Version, first.Quality)
            && (codes.Count == 0 || (bytes + Size(code) <= maxBytes && infoBytes + code.Info.Bytes <= MaxInfoBytes))
        )
        {
            _pending.Dequeue();
            CodeInfo info = storedTimes ? code.Info with { StoredAt = code.StoredAt } : code.Info;
            codes.Add(code.Code);
            infos.Add(info);
            gaps.Add(code.Sequence - next);
            hasInfo |= info != CodeInfo.None;
            hasGaps |= code.Sequence != next;
            bytes += Size(code);
            infoBytes += code.Info.Bytes;
            next = code.Sequence + 1;
        }

        _bytes -= bytes;
        FrameInfo frameInfo = hasInfo || hasGaps ? new FrameInfo(hasInfo ? infos : [], hasGaps ? gaps : null) : FrameInfo.None;
        return new AssembledFrame(first.Sequence, next, new CodeRun(first.Version, first.Quality, codes, frameInfo));
    }

    private static int Size(StoredCode code) => code.Code.Length + code.Info.Bytes;
}
