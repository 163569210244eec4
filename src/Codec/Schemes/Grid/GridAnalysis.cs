using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>
/// Runs an encoder's graph over the windows of an image, one row of blocks at a time, so that memory is that of a row. One for each image;
/// not thread-safe.
/// </summary>
internal sealed class GridAnalysis
{
    private readonly IRunnableGraph _encoder;
    private readonly WindowReader _reader;
    private readonly int _columns;
    private readonly int _latents;
    private readonly float[] _windows; // [columns, window height, window width, channels]
    private readonly float[] _values; // [columns, latents]

    /// <summary>Begins an image.</summary>
    /// <param name="grid">The image's grid.</param>
    /// <param name="scaling">The scaling of the encoder's input.</param>
    /// <param name="encoder">The encoder's graph, from a window to the latents of all transforms.</param>
    /// <param name="latents">Latents that the graph gives for a window: M · K.</param>
    public GridAnalysis(WindowGrid grid, PixelScaling scaling, IRunnableGraph encoder, int latents)
    {
        (_encoder, _reader, _columns, _latents) = (encoder, new WindowReader(grid, scaling), grid.Columns, latents);
        _windows = new float[grid.Columns * grid.Window.Samples];
        _values = new float[grid.Columns * latents];
    }

    /// <summary>Gives a block's latents of all transforms; blocks come row by row.</summary>
    /// <param name="samples">The image, [height, width, channels]: the same in every call.</param>
    /// <param name="row">The block's row.</param>
    /// <param name="column">Its column; the graph runs at the first of a row.</param>
    /// <returns>Valid until the next row.</returns>
    public ReadOnlySpan<float> Run(ReadOnlySpan<byte> samples, int row, int column)
    {
        if (column == 0)
        {
            _reader.Read(samples, row, _windows);
            _encoder.Run(_windows, _columns, _values);
        }

        return _values.AsSpan(column * _latents, _latents);
    }
}
