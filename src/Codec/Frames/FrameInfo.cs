namespace Codec.Frames;

/// <summary>
/// What a frame says of its codes besides their bytes. Immutable; both lists are empty where the frame says nothing of the kind.
/// </summary>
public sealed class FrameInfo
{
    private readonly IReadOnlyList<CodeInfo> _codes;
    private readonly IReadOnlyList<long> _gaps;

    /// <summary>Takes what is known of each code.</summary>
    /// <param name="codes">One for each code, or none; borrowed.</param>
    /// <param name="gaps">
    /// Sequences left out between each code and the one before it, one for each code, the first 0; or none where the codes follow each
    /// other. Borrowed.
    /// </param>
    public FrameInfo(IReadOnlyList<CodeInfo> codes, IReadOnlyList<long>? gaps = null) => (_codes, _gaps) = (codes, gaps ?? []);

    /// <summary>Nothing is known.</summary>
    public static FrameInfo None { get; } = new([]);

    /// <summary>Whether nothing is known of any code.</summary>
    public bool IsEmpty => _codes.Count == 0 && _gaps.Count == 0;

    /// <summary>What is known of each code, in order; empty where nothing is known of any.</summary>
    internal IReadOnlyList<CodeInfo> Codes => _codes;

    /// <summary>Sequences left out before each code; empty where the codes follow each other.</summary>
    internal IReadOnlyList<long> Gaps => _gaps;

    /// <summary>What is known of a code.</summary>
    /// <param name="index">Its place in the frame: 0 is the first.</param>
    public CodeInfo this[int index] => _codes.Count == 0 ? CodeInfo.None : _codes[index];

    /// <summary>The sequence of each code.</summary>
    /// <param name="first">The sequence of the frame's first code.</param>
    /// <param name="count">How many codes the frame has.</param>
    /// <exception cref="OverflowException">The gaps lead beyond the largest sequence.</exception>
    public long[] Sequences(long first, int count)
    {
        var sequences = new long[count];
        for (int i = 0; i < count; i++)
            sequences[i] = i == 0 ? first : checked(sequences[i - 1] + 1 + (_gaps.Count == 0 ? 0 : _gaps[i]));
        return sequences;
    }
}
