using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

internal sealed partial class GridScheme
{
    /// <inheritdoc/>
    public int Decode(ReadOnlySpan<byte> bytes, int quality, string head, out Raster image)
    {
        GridHead loaded = _heads.Get(head);
        ImageSize size = SizeHeader.Read(bytes, out int header);
        WindowGrid grid = GridOf(size);
        image = Raster.Allocate(size, _manifest.GetHead(head).Output.Channels);
        var synthesis = new GridSynthesis(grid, loaded, quality, image.Samples);
        Dequantizer dequantizer = _dequantizers[quality];
        var which = new short[dequantizer.Shape.Coded];
        var values = new float[dequantizer.Shape.Coded];
        return header + GridCoder.Decode(_prior, quality, grid.Rows, grid.Columns, bytes[header..], Add);

        void Add(in DecodedBlock block)
        {
            int count = dequantizer.Restore(block, which, values);
            synthesis.Add(block.Row, block.Column, _rule.Places(block.Transform), which.AsSpan(0, count), values.AsSpan(0, count));
        }
    }

    /// <inheritdoc/>
    public int DecodeSymbols(ReadOnlySpan<byte> bytes, int quality, out short[] symbols)
    {
        WindowGrid grid = GridOf(SizeHeader.Read(bytes, out int header));
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
        WindowGrid grid = GridOf(SizeHeader.Read(bytes, out int header));
        return header + GridCoder.Decode(_prior, quality, grid.Rows, grid.Columns, bytes[header..], static (in _) => { });
    }
}
