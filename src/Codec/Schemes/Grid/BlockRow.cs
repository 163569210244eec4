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

    /// <summary>Most bytes that a row allocates: its arrays, and those that they replaced when they grew.</summary>
    /// <param name="columns">Blocks in a row.</param>
    /// <param name="coded">Coded latents of a block.</param>
    public static long Measure(int columns, int coded) =>
        (long)columns * (2 * sizeof(int) + 2 * Math.Max(coded, FewLatents) * (sizeof(short) + sizeof(float)));

    /// <summary>Restores a block's latents, and appends them; a block of column 0 begins the row anew.</summary>
    public void Add(in DecodedBlock block, Dequantizer dequantizer)
    {
        int start = Start(block.Column),
            needed = start + dequantizer.Shape.Coded;
        if (needed > _which.Length)
        {
            int length = Math.Min(2 * needed, columns * dequantizer.Shape.Coded);
            Array.Resize(ref _which, length);
            Array.Resize(ref _values, length);
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
