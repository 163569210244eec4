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
        var reader = new WindowReader(grid, _inputScaling);
        var search = new GridSearch(_prior, quality, Manifest.Qualities[quality], _gridRates[quality].Value, grid.Columns);
        var windows = new float[grid.Columns * Manifest.Input.Samples];
        int all = Manifest.GraphLatents;
        var chosen = new float[latents];
        var values = new float[grid.Columns * all];
        // The caller's span outlives the call below, which a delegate cannot be told otherwise.
        fixed (byte* start = samples)
        {
            byte* first = start;
            return GridCoder.Encode(_prior, quality, grid.Rows, grid.Columns, Choose);

            int Choose(int row, int column, Span<short> symbols)
            {
                if (column == 0)
                {
                    reader.Read(new ReadOnlySpan<byte>(first, (int)size.Pixels * Manifest.Input.Channels), row, windows);
                    encoder.Run(windows, grid.Columns, values);
                }

                search.Begin(row, column);
                int transform = search.ChooseTransform(values.AsSpan(column * all, all), chosen);
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
        var which = new short[dequantizer.Coded];
        var values = new float[dequantizer.Coded];
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
