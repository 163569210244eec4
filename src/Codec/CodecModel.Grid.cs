using Codec.Entropy;
using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;
using Codec.Transforms;

namespace Codec;

/// <summary>Models of any size: an image is a grid of blocks. What is handed on here is the code behind its size.</summary>
public sealed partial class CodecModel
{
    /// <summary>Encodes an image's blocks, a row at a time.</summary>
    /// <param name="samples">The image's samples, as many as its size and the input's channels say.</param>
    /// <param name="size">Both sides 1 to <see cref="ModelLimits.MaxImageSide"/>.</param>
    /// <param name="quality">Index into the qualities, checked.</param>
    /// <returns>The code behind its size.</returns>
    private unsafe byte[] EncodeGrid(ReadOnlySpan<byte> samples, ImageSize size, int quality)
    {
        Analysis encoder = RequireEncoder();
        WindowGrid grid = GridOf(size);
        int latents = Manifest.Latents;
        var analysis = new GridAnalysis(grid, _inputScaling, encoder, Manifest.GraphLatents);
        var context = new GridContext(_prior, quality, grid.Columns);
        var search = new GridSearch(context, Manifest.Qualities[quality], _gridRates[quality].Value);
        var chosen = new float[latents];
        // Pinned: a lambda cannot capture a span.
        fixed (byte* start = samples)
        {
            byte* first = start;
            return GridCoder.Encode(context, grid.Rows, Choose);

            int Choose(int row, int column, Span<short> symbols)
            {
                var image = new ReadOnlySpan<byte>(first, (int)size.Pixels * Manifest.Input.Channels);
                int transform = search.ChooseTransform(analysis.Run(image, row, column), chosen);
                search.Choose(transform, chosen, symbols);
                return transform;
            }
        }
    }

    /// <summary>Decodes an image's blocks to pixels.</summary>
    /// <param name="payload">The code behind its size, and whatever follows it.</param>
    /// <param name="size">The size that it said.</param>
    /// <param name="quality">Index into the qualities, checked.</param>
    /// <param name="synthesis">The head.</param>
    /// <param name="samples">As many as the size and the head's channels say; every one is overwritten.</param>
    /// <returns>Bytes that the code behind its size took.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    private int DecodeGrid(ReadOnlySpan<byte> payload, ImageSize size, int quality, Synthesis synthesis, byte[] samples)
    {
        WindowGrid grid = GridOf(size);
        Dequantizer dequantizer = _dequantizers[quality];
        var sum = new GridSynthesis(grid, synthesis, quality, samples);
        var which = new short[dequantizer.Shape.Coded];
        var values = new float[dequantizer.Shape.Coded];
        return GridCoder.Decode(
            _prior,
            quality,
            grid.Rows,
            grid.Columns,
            payload,
            (in block) =>
            {
                int count = dequantizer.Restore(block, which, values);
                sum.Add(
                    block.Row,
                    block.Column,
                    _prior.Tables.Grid!.Places(block.Transform),
                    which.AsSpan(0, count),
                    values.AsSpan(0, count)
                );
            }
        );
    }

    /// <summary>Decodes an image's blocks as far as their symbols.</summary>
    /// <param name="payload">As <see cref="DecodeGrid"/> takes it.</param>
    /// <param name="size">The size that it said.</param>
    /// <param name="quality">Index into the qualities, checked.</param>
    /// <param name="symbols">Those of each block in turn, one for each latent.</param>
    /// <returns>Bytes that the code behind its size took.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    private int DecodeGridSymbols(ReadOnlySpan<byte> payload, ImageSize size, int quality, out short[] symbols)
    {
        WindowGrid grid = GridOf(size);
        int latents = Manifest.Latents;
        var all = new List<short>();
        int length = GridCoder.Decode(
            _prior,
            quality,
            grid.Rows,
            grid.Columns,
            payload,
            (in block) =>
            {
                all.AddRange(block.Symbols);
                all.AddRange(new short[latents - block.Symbols.Length]);
            }
        );
        symbols = [.. all];
        return length;
    }

    /// <summary>Checks an image's blocks by decoding them as far as their symbols, of which it keeps none.</summary>
    /// <param name="payload">As <see cref="DecodeGrid"/> takes it.</param>
    /// <param name="size">The size that it said.</param>
    /// <param name="quality">Index into the qualities, checked.</param>
    /// <returns>Bytes that the code behind its size took.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    private int CheckGrid(ReadOnlySpan<byte> payload, ImageSize size, int quality)
    {
        WindowGrid grid = GridOf(size);
        return GridCoder.Decode(_prior, quality, grid.Rows, grid.Columns, payload, static (in _) => { });
    }

    private WindowGrid GridOf(ImageSize size) => new(size.Width, size.Height, Manifest.Grid!.Stride, Manifest.Input);
}
