using Codec.Images;
using Codec.Onnx;
using Codec.Quantization;
using Codec.Schemes.Grid;
using Codec.Transforms;

namespace Codec.Trainer.Photos;

/// <summary>The latents of a photograph's blocks, each of the transform that it has chosen.</summary>
/// <param name="Rows">Rows of blocks.</param>
/// <param name="Columns">Blocks in a row.</param>
/// <param name="Values">[rows, columns, K].</param>
/// <param name="Transforms">[rows, columns].</param>
internal sealed record PhotoLatents(int Rows, int Columns, float[] Values, byte[] Transforms)
{
    /// <summary>Blocks.</summary>
    public int Blocks => Rows * Columns;

    /// <summary>Latents of a block.</summary>
    public int Latents => Values.Length / Blocks;

    /// <summary>The latents of one block.</summary>
    public ReadOnlySpan<float> this[int block] => Values.AsSpan(block * Latents, Latents);

    /// <summary>The same latents in another order.</summary>
    /// <param name="order">Which of these each of those is.</param>
    public PhotoLatents InOrder(int[] order)
    {
        var values = new float[Values.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = Values[i - i % order.Length + order[i % order.Length]];
        return this with { Values = values };
    }

    /// <summary>Runs an encoder's graph over photographs.</summary>
    /// <param name="photos">Of three channels.</param>
    /// <param name="encoder">The graph, of the latents of all transforms.</param>
    /// <param name="choice">Chooses each block's transform.</param>
    /// <param name="cancellationToken">Stops between two photographs.</param>
    public static PhotoLatents[] Analyse(
        IReadOnlyList<Raster> photos,
        byte[] encoder,
        TransformChoice choice,
        CancellationToken cancellationToken
    )
    {
        const int stride = LappedTransform.Stride,
            latents = LappedTransform.Coefficients,
            every = LappedTransform.Transforms * latents;
        ImageGeometry window = PhotosTraining.Window;
        using var transform = new OnnxRuntimeGraph(OnnxGraph.Parse(encoder, "encoder", GraphSignature.Encoder(window, every)));
        transform.Open();
        var scaling = new PixelScaling(window);
        var all = new PhotoLatents[photos.Count];
        Parallel.For(
            0,
            photos.Count,
            new ParallelOptions { CancellationToken = cancellationToken },
            n =>
            {
                var grid = new WindowGrid(photos[n].Width, photos[n].Height, stride, window);
                var reader = new WindowReader(grid, scaling);
                var windows = new float[grid.Columns * window.Samples];
                var given = new float[grid.Columns * every];
                var values = new float[grid.Rows * grid.Columns * latents];
                var chosen = new byte[grid.Rows * grid.Columns];
                for (int block = 0; block < chosen.Length; block++)
                {
                    (int row, int column) = Math.DivRem(block, grid.Columns);
                    if (column == 0)
                    {
                        reader.Read(photos[n].Samples, row, windows);
                        transform.Run(windows, grid.Columns, given);
                    }

                    chosen[block] = (byte)choice.Choose(given.AsSpan(column * every, every), values.AsSpan(block * latents, latents));
                }

                all[n] = new PhotoLatents(grid.Rows, grid.Columns, values, chosen);
            }
        );
        return all;
    }
}
