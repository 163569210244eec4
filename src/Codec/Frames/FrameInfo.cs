namespace Codec.Frames;

/// <summary>
/// The keys, times, headers and sequence gaps of a frame's codes. Immutable; a list is empty where no code has such a value.
/// </summary>
public sealed class FrameInfo
{
    private readonly IReadOnlyList<CodeInfo> _codes;
    private readonly IReadOnlyList<long> _gaps;

    /// <summary>Creates the info of a frame.</summary>
    /// <param name="codes">One for each code; empty for none. Borrowed.</param>
    /// <param name="gaps">
    /// Number of sequences skipped between each code and the previous one, one for each code, the first 0; null or empty where codes follow
    /// each other. Borrowed.
    /// </param>
    public FrameInfo(IReadOnlyList<CodeInfo> codes, IReadOnlyList<long>? gaps = null) => (_codes, _gaps) = (codes, gaps ?? []);

    /// <summary>No info on any code.</summary>
    public static FrameInfo None { get; } = new([]);

    /// <summary>Whether both lists are empty.</summary>
    public bool IsEmpty => _codes.Count == 0 && _gaps.Count == 0;

    /// <summary>The info of each code, in order; empty where no code has any.</summary>
    internal IReadOnlyList<CodeInfo> Codes => _codes;

    /// <summary>Number of sequences skipped before each code; empty where the codes follow each other.</summary>
    internal IReadOnlyList<long> Gaps => _gaps;

    /// <summary>The info of one code.</summary>
    /// <param name="index">Index in the frame, from 0.</param>
    public CodeInfo this[int index] => _codes.Count == 0 ? CodeInfo.None : _codes[index];

    /// <summary>Computes the sequence of each code.</summary>
    /// <param name="first">The sequence of the frame's first code.</param>
    /// <param name="count">Number of codes in the frame.</param>
    /// <exception cref="OverflowException">The gaps lead beyond the largest sequence.</exception>
    public long[] Sequences(long first, int count)
    {
        var sequences = new long[count];
        for (int i = 0; i < count; i++)
            sequences[i] = i == 0 ? first : checked(sequences[i - 1] + 1 + (_gaps.Count == 0 ? 0 : _gaps[i]));
        return sequences;
    }
}
