using System.Runtime.CompilerServices;
using Codec.Entropy;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

/// <summary>
/// The coded latents of a row of blocks, kept until another thread restores and synthesizes them: the thread that reads the code only copies.
/// </summary>
/// <param name="columns">Blocks in a row.</param>
/// <param name="dequantizer">Restores the latents.</param>
internal sealed class BlockRow(int columns, Dequantizer dequantizer)
{
    // A guess of the latents of a block that can differ from zero; the array grows where there are more.
    private const int FewLatents = 48;

    // Two bytes and a 32-bit number, aligned.
    private const int BlockBytes = 8;

    private readonly (byte Transform, byte Level, int Latents)[] _blocks = new (byte, byte, int)[columns];
    private readonly short[] _which = new short[dequantizer.Shape.Coded];
    private readonly float[] _values = new float[dequantizer.Shape.Coded];
    private CodedLatent[] _latents = new CodedLatent[columns * FewLatents];
    private int _used;

    /// <summary>Most bytes that a row allocates: its arrays, and those that they replaced when they grew.</summary>
    /// <param name="columns">Blocks in a row.</param>
    /// <param name="coded">Coded latents of a block.</param>
    public static long Measure(int columns, int coded) =>
        (long)columns * (BlockBytes + 2 * Math.Max(coded, FewLatents) * Unsafe.SizeOf<CodedLatent>())
        + (long)coded * (sizeof(short) + sizeof(float));

    /// <summary>Appends a block; a block of column 0 begins the row anew.</summary>
    public void Add(in DecodedBlock block)
    {
        if (block.Column == 0)
            _used = 0;
        int used = _used + block.Latents.Length;
        if (used > _latents.Length)
            Array.Resize(ref _latents, Math.Min(2 * used, columns * dequantizer.Shape.Coded));
        block.Latents.CopyTo(_latents.AsSpan(_used));
        _blocks[block.Column] = ((byte)block.Transform, (byte)block.Level, block.Latents.Length);
        _used = used;
    }

    /// <summary>Restores the blocks' latents, and adds their windows to the image.</summary>
    public void Synthesize(int row, GridSynthesis synthesis, GridRule rule)
    {
        int used = 0;
        for (int column = 0; column < columns; column++)
        {
            (byte transform, byte level, int count) = _blocks[column];
            dequantizer.Restore(level, _latents.AsSpan(used, count), _which, _values);
            synthesis.Add(row, column, rule.Places(transform), _which.AsSpan(0, count), _values.AsSpan(0, count));
            used += count;
        }
    }
}
