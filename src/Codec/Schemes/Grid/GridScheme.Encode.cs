using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

internal sealed partial class GridScheme
{
    /// <inheritdoc/>
    public byte[] Encode(ReadOnlySpan<byte> samples, ImageSize size, int quality)
    {
        Encoder.Check();
        byte[] blocks = EncodeBlocks(samples, size, quality);
        Span<byte> header = stackalloc byte[SizeHeader.MaxBytes];
        header = header[..SizeHeader.Write(size, header)];
        return header.Length + (long)blocks.Length <= ModelLimits.MaxCodeBytes
            ? [.. header, .. blocks]
            : throw new ArgumentException(
                $"The code would have {header.Length + (long)blocks.Length} bytes; at most {ModelLimits.MaxCodeBytes} are allowed. Choose a lower quality.",
                nameof(quality)
            );
    }

    /// <inheritdoc/>
    public byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality) =>
        throw new InvalidOperationException($"{_manifest.Name} takes images of any size: encode them one by one.");

    /// <summary>Encodes an image's blocks; the encoder's graph runs once for each row of them.</summary>
    /// <returns>The code without its size.</returns>
    private unsafe byte[] EncodeBlocks(ReadOnlySpan<byte> samples, ImageSize size, int quality)
    {
        WindowGrid grid = GridOf(size);
        var reader = new WindowReader(grid, Encoder.Scaling);
        var search = new GridSearch(_prior, quality, _manifest.Qualities[quality], _rates[quality].Value, grid.Columns);
        int graphLatents = _manifest.GraphLatents,
            length = samples.Length;
        var windows = new float[grid.Columns * _manifest.Input.Samples];
        // [columns, transforms, latents]: what the graph gives for a row of blocks.
        var row = new float[grid.Columns * graphLatents];
        var latents = new float[_manifest.Latents];
        // Pinned: a lambda cannot capture a span.
        fixed (byte* pinned = samples)
        {
            byte* first = pinned;
            return GridCoder.Encode(_prior, quality, grid.Rows, grid.Columns, Choose);

            int Choose(int y, int x, Span<short> symbols)
            {
                if (x == 0)
                {
                    reader.Read(new ReadOnlySpan<byte>(first, length), y, windows);
                    Encoder.Run(windows, grid.Columns, row);
                }

                search.Begin(y, x);
                int transform = search.ChooseTransform(row.AsSpan(x * graphLatents, graphLatents), latents);
                search.Choose(transform, latents, symbols);
                return transform;
            }
        }
    }
}
