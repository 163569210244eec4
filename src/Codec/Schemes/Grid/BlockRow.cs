using System.Runtime.CompilerServices;
using Codec.Entropy;

namespace Codec.Schemes.Grid;

/// <summary>
/// The coded latents of a row of blocks, kept until another thread restores and synthesizes them: the thread that reads the code only
/// copies.
/// </summary>
/// <param name="columns">Blocks in a row.</param>
/// <param name="coded">Coded latents of a block.</param>
internal sealed class BlockRow(int columns, int coded)
{
    // A guess of the latents of a block that can differ from zero; the array grows where there are more.
    private const int FewLatents = 48;

    // Two bytes and a 32-bit number, aligned.
    private const int BlockBytes = 8;

    private readonly (byte Transform, byte Level, int Latents)[] _blocks = new (byte, byte, int)[columns];
    private CodedLatent[] _latents = new CodedLatent[columns * FewLatents];
    private int _used;

    /// <summary>Most bytes that a row allocates: its arrays, and those that they replaced when they grew.</summary>
    /// <param name="columns">Blocks in a row.</param>
    /// <param name="coded">Coded latents of a block.</param>
    public static long Measure(int columns, int coded) =>
        (long)columns * (BlockBytes + 2 * Math.Max(coded, FewLatents) * Unsafe.SizeOf<CodedLatent>());

    /// <summary>Appends a block; a block of column 0 begins the row anew.</summary>
    public void Add(in DecodedBlock block)
    {
        if (block.Column == 0)
            _used = 0;
        int used = _used + block.Latents.Length;
        if (used > _latents.Length)
            Array.Resize(ref _latents, Math.Min(2 * used, columns * coded));
        block.Latents.CopyTo(_latents.AsSpan(_used));
        _blocks[block.Column] = ((byte)block.Transform, (byte)block.Level, block.Latents.Length);
        _used = used;
    }

    /// <summary>Adds the blocks to the image.</summary>
    public void Paint(int row, BlockPainter painter)
    {
        int used = 0;
        for (int column = 0; column < columns; column++)
        {
            (byte transform, byte level, int count) = _blocks[column];
            painter.Add(row, column, transform, level, _latents.AsSpan(used, count));
            used += count;
        }
    }
}
