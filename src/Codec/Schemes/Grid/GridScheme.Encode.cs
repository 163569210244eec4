using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

internal sealed partial class GridScheme
{
    /// <inheritdoc/>
    public byte[] Encode(ReadOnlySpan<byte> samples, ImageSize size, int quality, int effort, out TimeSpan analysis)
    {
        Encoder.Check();
        byte[] payload = EncodeBlocks(samples, size, quality, out analysis);
        bool isPalette = false;
        if (_grid.Palette && PaletteCoder.Encode(samples, size) is { } palette && palette.Length < payload.Length)
            (payload, isPalette) = (palette, true);
        Span<byte> header = stackalloc byte[SizeHeader.MaxBytes];
        header = header[..SizeHeader.Write(size, header)];
        byte[] mark = isPalette ? [PaletteMark] : [];
        long length = mark.Length + header.Length + (long)payload.Length;
        return length <= ModelLimits.MaxCodeBytes
            ? [.. mark, .. header, .. payload]
            : throw new ArgumentException(
                $"The code would have {length} bytes; at most {ModelLimits.MaxCodeBytes} are allowed. Choose a lower quality.",
                nameof(quality)
            );
    }

    /// <inheritdoc/>
    public byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality, out TimeSpan analysis) =>
        throw new InvalidOperationException($"{_manifest.Name} takes images of any size: encode them one by one.");

    /// <summary>Encodes an image's blocks, slice by slice; the encoder's graph runs once for each row of them.</summary>
    /// <returns>The code without its size.</returns>
    private unsafe byte[] EncodeBlocks(ReadOnlySpan<byte> samples, ImageSize size, int quality, out TimeSpan analysisTime)
    {
        WindowGrid grid = GridOf(size);
        var analysis = new GridAnalysis(grid, Encoder.Scaling, Encoder.Graph, _manifest.GraphLatents);
        var context = new GridContext(_prior, quality, grid.Columns);
        var search = new GridSearch(context, _manifest.Qualities[quality], _rates[quality].Value);
        int length = samples.Length;
        var latents = new float[_manifest.Latents];
        // Pinned: a lambda cannot capture a span.
        fixed (byte* pinned = samples)
        {
            byte* first = pinned;
            var slices = new byte[GridSlices.CountOf(_grid.Slices, grid)][];
            for (int i = 0; i < slices.Length; i++)
                slices[i] = GridCoder.Encode(context, GridSlices.RowsOf(grid.Rows, slices.Length, i), Choose);
            analysisTime = analysis.Elapsed;
            return GridSlices.Join(slices);

            int Choose(int row, int column, Span<short> symbols)
            {
                ReadOnlySpan<float> graph = analysis.Run(new ReadOnlySpan<byte>(first, length), row, column);
                int transform = search.ChooseTransform(graph, latents);
                search.Choose(transform, latents, symbols);
                return transform;
            }
        }
    }
}
