namespace Codec.Entropy;

/// <summary>Finds the neighbours of a block, and the stand-ins for missing ones.</summary>
internal static class Neighbourhood
{
    /// <summary>
    /// Finds a block's neighbours. The stand-in for a missing left block is the block above, that for a missing block above is the left
    /// one, and that for a missing corner is the block above or its stand-in. All four neighbours of a grid's first block are a block of
    /// zeros.
    /// </summary>
    /// <param name="row">The block's row.</param>
    /// <param name="column">Its column.</param>
    /// <param name="columns">Blocks in a row.</param>
    /// <param name="here">The index of the block; the block to the left has the index before.</param>
    /// <param name="above">
    /// The index of the block above; ignored in the first row. Its own neighbours have the indices before and after.
    /// </param>
    /// <param name="none">The index of a block of zeros.</param>
    /// <param name="neighbours">Left, above, above left, above right; overwritten.</param>
    public static void Find(int row, int column, int columns, int here, int above, int none, Span<int> neighbours)
    {
        int up =
            row > 0 ? above
            : column > 0 ? here - 1
            : none;
        neighbours[0] = column > 0 ? here - 1 : up;
        neighbours[1] = up;
        neighbours[2] = row > 0 && column > 0 ? above - 1 : up;
        neighbours[3] = row > 0 && column + 1 < columns ? above + 1 : up;
    }
}
