using Codec.Imaging;
using Codec.Onnx;
using Codec.Transforms;

namespace Codec.Trainer.Photos;

/// <summary>The latents of a photograph's blocks.</summary>
/// <param name="Rows">Rows of blocks.</param>
/// <param name="Columns">Blocks in a row.</param>
/// <param name="Values">[rows, columns, K].</param>
internal sealed record PhotoLatents(int Rows, int Columns, float[] Values)
{
    /// <summary>Blocks.</summary>
    public int Blocks => Rows * Columns;

    /// <summary>Latents of a block.</summary>
    public int Latents => Values.Length / Blocks;

    /// <summary>The latents of one block.</summary>
    public ReadOnlySpan<float> this[int block] => Values.AsSpan(block * Latents, Latents);

    /// <summary>Runs an encoder's graph over photographs.</summary>
    public static PhotoLatents[] Analyse(IReadOnlyList<PixelImage> photos, byte[] encoder, ImageGeometry window, int stride, int latents, CancellationToken cancellation)
    {
        using var transform = new OnnxTransform(OnnxGraph.Parse(encoder, "encoder", GraphSignature.Encoder(window, latents)));
        transform.Open();
        var scaling = new PixelScaling(window);
        var all = new PhotoLatents[photos.Count];
        Parallel.For(0, photos.Count, new ParallelOptions { CancellationToken = cancellation }, n =>
        {
            var grid = new WindowGrid(photos[n].Width, photos[n].Height, stride, window);
            var reader = new WindowReader(grid, scaling);
            var windows = new float[grid.Columns * window.Samples];
            var values = new float[grid.Rows * grid.Columns * latents];
            for (int row = 0; row < grid.Rows; row++)
            {
                reader.Read(photos[n].Samples, row, windows);
                transform.Run(windows, grid.Columns, values.AsSpan(row * grid.Columns * latents, grid.Columns * latents));
            }

            all[n] = new PhotoLatents(grid.Rows, grid.Columns, values);
        });
        return all;
    }
}
