namespace Codec.Entropy;

/// <summary>Consecutive rows of an image's blocks.</summary>
/// <param name="First">Index of the first, from 0.</param>
/// <param name="Count">How many, 1 or more.</param>
internal readonly record struct RowRange(int First, int Count)
{
    /// <summary>Index of the row after the last.</summary>
    public int End => First + Count;
}
