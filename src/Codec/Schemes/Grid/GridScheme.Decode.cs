using Codec.Entropy;
using Codec.Filtering;
using Codec.Images;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

internal sealed partial class GridScheme
{
    /// <summary>
    /// Images of this many pixels or more that are one slice are decoded on two threads; for smaller ones that saves little.
    /// </summary>
    internal const long LeastPipelinedPixels = 1 << 20;

    /// <inheritdoc/>
    public long MeasureDecoding(ImageSize size, string head)
    {
        WindowGrid grid = GridOf(size);
        int planes = _heads.Get(head).Windows.Colours.Length / grid.Window.Channels,
            coded = _dequantizers.Max(dequantizer => dequantizer.Shape.Coded);
        int slices = GridSlices.CountOf(_grid.Slices, grid),
            threads = Math.Min(slices, _threads);
        // A thread may begin anew at every slice that another went past.
        long runs = threads > 1 ? slices : 1,
            lines = grid.Window.Height + FilteredLines.Lines,
            rows = IsPipelined(grid, slices) ? RowPipeline<BlockRow>.MostRows : 0;
        return runs
                * (
                    lines * planes * (grid.Columns * grid.Stride + 2 * grid.Window.Width) * sizeof(float)
                    + ShrunkLines.Measure(grid, planes)
                )
            + threads * GridContext.MeasureRows(grid.Columns, coded, _rule.Reach)
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
        ReadOnlySpan<byte> payload = bytes[header..];
        GridSlices slices = SlicesOf(payload, grid);
        Dequantizer dequantizer = _dequantizers[quality];
        int threads = Math.Min(slices.Count, _threads);
        if (threads > 1)
        {
            var image = new SlicedImage(_prior, quality, grid, slices, loaded, dequantizer, samples);
            return header + image.Decode(payload, threads);
        }

        var reader = new SliceReader(_prior, quality, grid.Columns, slices);
        var painter = new BlockPainter(_rule, dequantizer, new GridSynthesis(grid, loaded, quality, samples));
        return header
            + (
                IsPipelined(grid, slices.Count)
                    ? DecodePipelined(payload, reader, grid, painter, dequantizer.Shape.Coded)
                    : reader.ReadAll(payload, painter.Add)
            );
    }

    /// <summary>Decodes a code to the planes of a head's windows, as they are before the filter.</summary>
    /// <param name="bytes">The code.</param>
    /// <param name="quality">Index into the manifest's qualities.</param>
    /// <param name="head">The head to decode with.</param>
    /// <returns>[planes, height, width of the coded image], in grey levels and without the offset; null for a palette code.</returns>
    public float[]? DecodePlanes(ReadOnlySpan<byte> bytes, int quality, string head)
    {
        ImageSize size = ReadHeader(bytes, out bool isPalette, out int header);
        if (isPalette)
            return null;
        GridHead loaded = _heads.Get(head);
        WindowGrid grid = GridOf(size);
        var lines = new PlaneLines(new ImageSize(grid.Width, grid.Height), loaded.Windows.Colours.Length / grid.Window.Channels);
        var painter = new BlockPainter(_rule, _dequantizers[quality], new GridSynthesis(grid, loaded, lines));
        _ = ReadBlocks(bytes[header..], size, quality, painter.Add);
        return lines.Values;
    }

    private bool IsPipelined(WindowGrid grid, int slices) =>
        slices == 1 && _threads > 1 && (long)grid.Width * grid.Height >= LeastPipelinedPixels;

    private GridSlices SlicesOf(ReadOnlySpan<byte> payload, WindowGrid grid) =>
        GridSlices.Read(payload, grid.Rows, GridSlices.CountOf(_grid.Slices, grid));

    /// <summary>
    /// Decodes a large image on two threads: one reads the code, the other restores, synthesizes and filters the row before.
    /// </summary>
    private static int DecodePipelined(ReadOnlySpan<byte> payload, SliceReader reader, WindowGrid grid, BlockPainter painter, int coded)
    {
        int done = 0;
        var pipeline = new RowPipeline<BlockRow>(full => full.Paint(done++, painter), () => new BlockRow(grid.Columns, coded));
        BlockRow row = pipeline.Rent();
        try
        {
            int length = reader.ReadAll(payload, Add);
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

        int latents = _manifest.Latents;
        var all = new List<short>();
        int length = ReadBlocks(bytes[header..], size, quality, Add);
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
        return header + ReadBlocks(bytes[header..], size, quality, static (in _) => { });
    }

    /// <summary>Decodes the symbols of an image's payload.</summary>
    /// <returns>The length of the payload in bytes.</returns>
    private int ReadBlocks(ReadOnlySpan<byte> payload, ImageSize size, int quality, BlockSink sink)
    {
        WindowGrid grid = GridOf(size);
        return new SliceReader(_prior, quality, grid.Columns, SlicesOf(payload, grid)).ReadAll(payload, sink);
    }
}
