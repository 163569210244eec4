namespace Codec.Entropy;

/// <summary>
/// How many latents of a block are coded: always those that are predicted, and of the others whole groups, as many as the extent says
/// (docs/format.md, Grid). The image of a fixed-size model is one block of which all coded latents are coded.
/// </summary>
/// <param name="Predicted">P: latents, from the first, that are coded as differences from a prediction; 0 without a grid.</param>
/// <param name="Coded">C: the largest number of coded latents; the others are zero.</param>
internal readonly record struct BlockShape(int Predicted, int Coded)
{
    /// <summary>Latents of a group; the last group of a block may be smaller.</summary>
    public const int GroupSize = 16;

    /// <summary>The largest extent.</summary>
    public int Groups => GroupsOf(Coded);

    /// <summary>Decisions that code an extent.</summary>
    public int ExtentBits => Prior.TreeBits(Groups);

    /// <summary>The groups that a number of latents takes.</summary>
    public static int GroupsOf(int latents) => (latents + GroupSize - 1) / GroupSize;

    /// <summary>The coded latents of a block of an extent.</summary>
    public int Count(int extent) => Math.Max(Predicted, Math.Min(extent * GroupSize, Coded));

    /// <summary>The smallest extent that covers a block's symbols: it ends with the group of the last that is not zero.</summary>
    /// <param name="symbols">At least the coded ones; those that are predicted do not count.</param>
    public int Extent(ReadOnlySpan<short> symbols)
    {
        int last = symbols[Predicted..].LastIndexOfAnyExcept((short)0);
        return last < 0 ? 0 : GroupsOf(Predicted + last + 1);
    }
}
