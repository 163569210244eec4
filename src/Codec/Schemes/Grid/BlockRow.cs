using Codec.Entropy;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

/// <summary>
/// The symbols of a row of blocks, kept until another thread restores and synthesizes them: the thread that reads the code only copies.
/// </summary>
/// <param name="columns">Blocks in a row.</param>
/// <param name="dequantizer">Restores the latents.</param>
internal sealed class BlockRow(int columns, Dequantizer dequantizer)
{
    // A guess of the symbols of a block; arrays grow where there are more.
    private const int FewSymbols = 96;
    private const int FewNonZero = 32;

    // Two bytes and two 32-bit numbers, aligned.
    private const int BlockBytes = 12;

    private readonly (byte Transform, byte Level, int Symbols, int NonZero)[] _blocks = new (byte, byte, int, int)[columns];
    private readonly short[] _which = new short[dequantizer.Shape.Coded];
    private readonly float[] _values = new float[dequantizer.Shape.Coded];
    private short[] _symbols = new short[columns * FewSymbols];
    private short[] _nonZero = new short[columns * FewNonZero];
    private byte[] _quantizers = new byte[columns * FewNonZero];
    private int _symbolsUsed;
    private int _nonZeroUsed;

    /// <summary>Most bytes that a row allocates: its arrays, and those that they replaced when they grew.</summary>
    /// <param name="columns">Blocks in a row.</param>
    /// <param name="coded">Coded latents of a block.</param>
    public static long Measure(int columns, int coded) =>
        (long)columns * (BlockBytes + 2 * Math.Max(coded, FewSymbols) * (2 * sizeof(short) + sizeof(byte)))
        + (long)coded * (sizeof(short) + sizeof(float));

    /// <summary>Appends a block; a block of column 0 begins the row anew.</summary>
    public void Add(in DecodedBlock block)
    {
        if (block.Column == 0)
            (_symbolsUsed, _nonZeroUsed) = (0, 0);
        int nonZero = block.NonZero.Length;
        Append(block.Symbols, ref _symbols, _symbolsUsed);
        Append(block.NonZero, ref _nonZero, _nonZeroUsed);
        Append(block.Quantizers[..nonZero], ref _quantizers, _nonZeroUsed);
        _blocks[block.Column] = ((byte)block.Transform, (byte)block.Level, block.Symbols.Length, nonZero);
        _symbolsUsed += block.Symbols.Length;
        _nonZeroUsed += nonZero;
    }

    /// <summary>Restores the blocks' latents, and adds their windows to the image.</summary>
    public void Synthesize(int row, GridSynthesis synthesis, GridRule rule)
    {
        int symbols = 0,
            nonZero = 0;
        for (int column = 0; column < columns; column++)
        {
            (byte transform, byte level, int symbolCount, int nonZeroCount) = _blocks[column];
            var block = new DecodedBlock
            {
                Row = row,
                Column = column,
                Transform = transform,
                Level = level,
                Symbols = _symbols.AsSpan(symbols, symbolCount),
                NonZero = _nonZero.AsSpan(nonZero, nonZeroCount),
                Quantizers = _quantizers.AsSpan(nonZero, nonZeroCount),
            };
            int count = dequantizer.Restore(block, _which, _values);
            synthesis.Add(row, column, rule.Places(transform), _which.AsSpan(0, count), _values.AsSpan(0, count));
            symbols += symbolCount;
            nonZero += nonZeroCount;
        }
    }

    private void Append<T>(ReadOnlySpan<T> values, ref T[] all, int used)
    {
        if (used + values.Length > all.Length)
            Array.Resize(ref all, Math.Min(2 * (used + values.Length), columns * dequantizer.Shape.Coded));
        values.CopyTo(all.AsSpan(used));
    }
}
