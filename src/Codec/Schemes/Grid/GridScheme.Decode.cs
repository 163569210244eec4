using Codec.Entropy;
using Codec.Filtering;
using Codec.Images;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

internal sealed partial class GridScheme
{
    /// <summary>Images of this many pixels or more are decoded on two threads; for smaller ones that saves little.</summary>
    internal const long LeastPipelinedPixels = 1 << 20;

    private static bool IsPipelined(ImageSize size) => size.Pixels >= LeastPipelinedPixels && Environment.ProcessorCount > 1;

    /// <inheritdoc/>
    public long MeasureDecoding(ImageSize size, string head)
    {
        WindowGrid grid = GridOf(size);
        int planes = _heads.Get(head).Windows.Colours.Length / grid.Window.Channels,
            coded = _dequantizers.Max(dequantizer => dequantizer.Shape.Coded);
        long lines = grid.Window.Height + FilteredLines.Lines,
            rows = IsPipelined(size) ? RowPipeline<BlockRow>.MostRows : 0;
        return lines * planes * (grid.Columns * grid.Stride + 2 * grid.Window.Width) * sizeof(float)
            + GridContext.MeasureRows(grid.Columns, coded, _rule.Reach)
            + rows * BlockRow.Measure(grid.Columns, coded);
    }

    /// <inheritdoc/>
    public int Decode(ReadOnlySpan<byte> bytes, int quality, string head, Memory<byte> samples)
    {
        GridHead loaded = _heads.Get(head);
        ImageSize size = ReadHeader(bytes, out bool isPalette, out int header);
        if (isPalette)
            return header + PaletteCoder.Decode(bytes[header..], size, ChannelsOf(head), samples.Span);

        WindowGrid grid = GridOf(size);
        var synthesis = new GridSynthesis(grid, loaded, quality, samples);
        Dequantizer dequantizer = _dequantizers[quality];
        if (IsPipelined(size))
            return header + DecodePipelined(bytes[header..], quality, grid, synthesis, dequantizer);

        var which = new short[dequantizer.Shape.Coded];
        var values = new float[dequantizer.Shape.Coded];
        return header + GridCoder.Decode(_prior, quality, grid.Rows, grid.Columns, bytes[header..], Add);

        void Add(in DecodedBlock block)
        {
            int count = block.Latents.Length;
            dequantizer.Restore(block.Level, block.Latents, which, values);
            synthesis.Add(block.Row, block.Column, _rule.Places(block.Transform), which.AsSpan(0, count), values.AsSpan(0, count));
        }
    }

    /// <summary>
    /// Decodes a large image on two threads: one reads the code, the other restores, synthesizes and filters the row before.
    /// </summary>
    private int DecodePipelined(ReadOnlySpan<byte> payload, int quality, WindowGrid grid, GridSynthesis synthesis, Dequantizer dequantizer)
    {
        int done = 0;
        var pipeline = new RowPipeline<BlockRow>(
            full => full.Synthesize(done++, synthesis, _rule),
            () => new BlockRow(grid.Columns, dequantizer)
        );
        BlockRow row = pipeline.Rent();
        try
        {
            int length = GridCoder.Decode(_prior, quality, grid.Rows, grid.Columns, payload, Add);
            pipeline.Finish();
            return length;
        }
        finally
        {
            pipeline.Stop();
        }

        void Add(in DecodedBlock block)
        {
            row.Add(block);
            if (block.Column < grid.Columns - 1)
                return;
            pipeline.Add(row);
            row = pipeline.Rent();
        }
    }

    /// <inheritdoc/>
    public int DecodeSymbols(ReadOnlySpan<byte> bytes, int quality, out short[] symbols)
    {
        ImageSize size = ReadHeader(bytes, out bool isPalette, out int header);
        if (isPalette)
        {
            // Its pixels are coded as they are: it has no latents.
            symbols = [];
            return header + PaletteCoder.Decode(bytes[header..], size, _manifest.Input.Channels, image: []);
        }

        WindowGrid grid = GridOf(size);
        int latents = _manifest.Latents;
        var all = new List<short>();
        int length = GridCoder.Decode(_prior, quality, grid.Rows, grid.Columns, bytes[header..], Add);
        symbols = [.. all];
        return header + length;

        void Add(in DecodedBlock block)
        {
            all.AddRange(block.Symbols);
            all.AddRange(new short[latents - block.Symbols.Length]);
        }
    }

    /// <inheritdoc/>
    public int Check(ReadOnlySpan<byte> bytes, int quality)
    {
        ImageSize size = ReadHeader(bytes, out bool isPalette, out int header);
        if (isPalette)
            return header + PaletteCoder.Decode(bytes[header..], size, _manifest.Input.Channels, image: []);
        WindowGrid grid = GridOf(size);
        return header + GridCoder.Decode(_prior, quality, grid.Rows, grid.Columns, bytes[header..], static (in _) => { });
    }
}
