using Codec.Entropy;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

/// <summary>The restored latents of a row of blocks, kept until they are synthesized.</summary>
/// <param name="columns">Blocks in a row.</param>
internal sealed class BlockRow(int columns)
{
    // A guess of the latents of a block; arrays grow where there are more.
    private const int FewLatents = 32;

    private readonly int[] _transforms = new int[columns];
    private readonly int[] _ends = new int[columns];
    private short[] _which = new short[columns * FewLatents];
    private float[] _values = new float[columns * FewLatents];

    /// <summary>Restores a block's latents, and appends them; a block of column 0 begins the row anew.</summary>
    public void Add(in DecodedBlock block, Dequantizer dequantizer)
    {
        int start = Start(block.Column),
            needed = start + dequantizer.Shape.Coded;
        if (needed > _which.Length)
        {
            Array.Resize(ref _which, 2 * needed);
            Array.Resize(ref _values, 2 * needed);
        }

        _transforms[block.Column] = block.Transform;
        _ends[block.Column] = start + dequantizer.Restore(block, _which.AsSpan(start), _values.AsSpan(start));
    }

    /// <summary>Adds the blocks' windows to the image.</summary>
    public void Synthesize(int row, GridSynthesis synthesis, GridRule rule)
    {
        for (int column = 0; column < columns; column++)
        {
            Range latents = Start(column).._ends[column];
            synthesis.Add(row, column, rule.Places(_transforms[column]), _which.AsSpan(latents), _values.AsSpan(latents));
        }
    }

    private int Start(int column) => column == 0 ? 0 : _ends[column - 1];
}
