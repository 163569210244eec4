using Codec.Images;
using Codec.Onnx;
using Codec.Quantization;
using Codec.Schemes.Grid;
using Codec.Trainer.Priors;
using Codec.Transforms;

namespace Codec.Trainer.Photos;

/// <summary>Computes the latents of photographs.</summary>
internal static class PhotoAnalysis
{
    /// <summary>Runs an encoder's graph over photographs, and chooses each block's transform.</summary>
    /// <param name="photos">The photographs, with three channels.</param>
    /// <param name="encoder">The graph, from a window to the latents of all transforms.</param>
    /// <param name="choice">Chooses each block's transform.</param>
    /// <param name="cancellationToken">Stops between two photographs.</param>
    public static ImageLatents[] Run(
        IReadOnlyList<Raster> photos,
        byte[] encoder,
        TransformChoice choice,
        CancellationToken cancellationToken
    )
    {
        const int latents = LappedTransform.Coefficients,
            graphLatents = LappedTransform.Transforms * latents;
        var signature = GraphSignature.Encoder(PhotosTraining.Window, graphLatents);
        using var transform = new NetworkRun(OnnxNetworkRuntime.Instance, OnnxGraph.Parse(encoder, "encoder", signature));
        var scaling = new PixelScaling(PhotosTraining.Window);
        var all = new ImageLatents[photos.Count];
        Parallel.For(
            0,
            photos.Count,
            new ParallelOptions { CancellationToken = cancellationToken },
            n =>
            {
                Raster photo = photos[n];
                var grid = new WindowGrid(photo.Width, photo.Height, LappedTransform.Stride, PhotosTraining.Window);
                var analysis = new GridAnalysis(grid, scaling, transform, graphLatents);
                var values = new float[grid.Rows * grid.Columns * latents];
                var chosen = new byte[grid.Rows * grid.Columns];
                for (int block = 0; block < chosen.Length; block++)
                {
                    (int row, int column) = Math.DivRem(block, grid.Columns);
                    ReadOnlySpan<float> graph = analysis.Run(photo.Samples, row, column);
                    chosen[block] = (byte)choice.Choose(graph, values.AsSpan(block * latents, latents));
                }

                all[n] = new ImageLatents(grid.Rows, grid.Columns, values, chosen);
            }
        );
        return all;
    }
}
