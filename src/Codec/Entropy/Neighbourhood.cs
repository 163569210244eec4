namespace Codec.Entropy;

/// <summary>Which blocks are the neighbours of a block, and which stand in for those that the grid does not have.</summary>
internal static class Neighbourhood
{
    /// <summary>
    /// Finds a block's neighbours. A missing one has a stand-in: the left block that above, the block above the left one, both corners the
    /// block above (or its stand-in). The first block of a grid has four times "none": a block of zeros.
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
