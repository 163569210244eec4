namespace Codec.Entropy;

/// <summary>
/// Computes how many latents of a block are coded: the predicted ones always, then whole groups up to the signalled extent (docs/format.md,
/// Grid). The image of a fixed-size model is one block that always codes all C latents.
/// </summary>
/// <param name="Predicted">P: latents, from the first, that are coded as differences from a prediction; 0 without a grid.</param>
/// <param name="Coded">C: the largest number of coded latents; the others are zero.</param>
internal readonly record struct BlockShape(int Predicted, int Coded)
{
    /// <summary>Number of latents in a group; the last group of a block may be smaller.</summary>
    public const int GroupSize = 16;

    /// <summary>The largest extent: the number of groups.</summary>
    public int Groups => GroupsOf(Coded);

    /// <summary>Number of binary decisions that code an extent.</summary>
    public int ExtentBits => Prior.TreeBits(Groups);

    /// <summary>Number of groups that cover this many latents.</summary>
    public static int GroupsOf(int latents) => (latents + GroupSize - 1) / GroupSize;

    /// <summary>Number of latents that a block of this extent codes.</summary>
    public int Count(int extent) => Math.Max(Predicted, Math.Min(extent * GroupSize, Coded));

    /// <summary>Finds the smallest extent that covers a block's symbols: the last group is that of the last non-zero symbol.</summary>
    /// <param name="symbols">The symbols of at least the coded latents; those of predicted latents are ignored.</param>
    public int Extent(ReadOnlySpan<short> symbols)
    {
        int last = symbols[Predicted..].LastIndexOfAnyExcept((short)0);
        return last < 0 ? 0 : GroupsOf(Predicted + last + 1);
    }
}
