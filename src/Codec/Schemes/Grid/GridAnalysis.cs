using System.Diagnostics;
using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>
/// Runs an encoder's graph over the windows of an image, one row of blocks at a time, so that only one row is in memory. One instance for
/// each image; not thread-safe.
/// </summary>
internal sealed class GridAnalysis
{
    private readonly IRunnableGraph _encoder;
    private readonly WindowReader _reader;
    private readonly int _columns;
    private readonly int _latents;
    private readonly float[] _windows; // [columns, window height, window width, channels]
    private readonly float[] _values; // [columns, latents]

    /// <summary>Creates the analysis of one image.</summary>
    /// <param name="grid">The image's grid.</param>
    /// <param name="scaling">The scaling of the encoder's input.</param>
    /// <param name="encoder">The encoder's graph, from a window to the latents of all transforms.</param>
    /// <param name="latents">Number of latents that the graph outputs for a window: M · K.</param>
    public GridAnalysis(WindowGrid grid, PixelScaling scaling, IRunnableGraph encoder, int latents)
    {
        (_encoder, _reader, _columns, _latents) = (encoder, new WindowReader(grid, scaling), grid.Columns, latents);
        _windows = new float[grid.Columns * grid.Window.Samples];
        _values = new float[grid.Columns * latents];
    }

    /// <summary>Time that the rows have taken so far.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Computes a block's latents of all transforms. Call it for every block, row by row.</summary>
    /// <param name="samples">The image, [height, width, channels]: the same in every call.</param>
    /// <param name="row">The block's row.</param>
    /// <param name="column">The block's column; the graph runs once for each row, at column 0.</param>
    /// <returns>[M · K]; valid until the next row.</returns>
    public ReadOnlySpan<float> Run(ReadOnlySpan<byte> samples, int row, int column)
    {
        if (column == 0)
        {
            long began = Stopwatch.GetTimestamp();
            _reader.Read(samples, row, _windows);
            _encoder.Run(_windows, _columns, _values);
            Elapsed += Stopwatch.GetElapsedTime(began);
        }

        return _values.AsSpan(column * _latents, _latents);
    }
}
