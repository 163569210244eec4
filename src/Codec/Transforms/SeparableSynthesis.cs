using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Codec.Images;
using Codec.Onnx;
using Codec.Simd;

namespace Codec.Transforms;

/// <summary>
/// Decodes windows of a grid with a separable decoder, at the cost of the latents that are not zero: each is spread along its column, then
/// the columns that hold anything along the rows. Colours stay apart; they are turned once a pixel, when windows have been added up.
/// </summary>
/// <remarks>
/// This file is the specification; a vector path follows it with the same operations in the same order. Machines with and without
/// fused multiply-add, and the graph run densely, agree to one grey level. Immutable, hence safe for use by many threads at once.
/// </remarks>
internal sealed partial class SeparableSynthesis : IWindowSynthesis
{
    /// <summary>Most coefficients across: one bit each tells which columns hold anything.</summary>
    private const int MaxAcross = 64;

    private readonly Place[] _places;
    private readonly float[] _down;
    private readonly float[] _across;
    private readonly int _columns;
    private readonly int _colours;
    private readonly int _height;
    private readonly int _width;
    private readonly SimdPath _path;

    private SeparableSynthesis(SeparableMap map, ImageGeometry window, SimdPath path)
    {
        (_columns, _colours) = (map.Sizes[1], map.Sizes[2]);
        (_height, _width, _path) = (window.Height, window.Width, path);
        _places =
        [
            .. map.Order.Select(coefficient => new Place(
                (byte)(coefficient % _colours),
                (byte)(coefficient / _colours % _columns),
                coefficient / (_colours * _columns) * window.Height
            )),
        ];
        _down = map.Down;
        _across = map.Across;
        // From the graph's unit to grey levels, once and for all.
        Colours = [.. map.Colours.Select(weight => (float)(weight / (double)window.Scale))];
    }

    /// <inheritdoc/>
    public float[] Colours { get; }

    /// <inheritdoc/>
    public int ScratchLength => _colours * _columns * _height;

    /// <summary>
    /// Takes a decoder that is separable; others run through <see cref="LinearSynthesis"/> or <see cref="OnnxRuntimeGraph"/>.
    /// </summary>
    public static bool TryCreate(OnnxGraph graph, ImageGeometry window, [NotNullWhen(true)] out SeparableSynthesis? synthesis) =>
        TryCreate(graph, window, SimdPaths.Selected, out synthesis);

    /// <inheritdoc cref="TryCreate(OnnxGraph, ImageGeometry, out SeparableSynthesis?)"/>
    internal static bool TryCreate(
        OnnxGraph graph,
        ImageGeometry window,
        SimdPath path,
        [NotNullWhen(true)] out SeparableSynthesis? synthesis
    )
    {
        synthesis =
            SeparableMap.TryRead(graph, out SeparableMap? map) && map.Sizes[1] <= MaxAcross && map.Sizes[2] <= byte.MaxValue
                ? new SeparableSynthesis(map, window, path)
                : null;
        return synthesis is not null;
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public void Add(
        ReadOnlySpan<ushort> places,
        ReadOnlySpan<short> which,
        ReadOnlySpan<float> values,
        Span<float> scratch,
        Span<float> strip,
        int lineLength,
        int planeLength
    )
    {
        Span<ulong> filled = stackalloc ulong[_colours];
        filled.Clear();
        for (int k = 0; k < which.Length; k++)
        {
            Place place = _places[places[which[k]]];
            Span<float> column = scratch.Slice((place.Colour * _columns + place.Column) * _height, _height);
            ulong bit = 1ul << place.Column;
            if ((filled[place.Colour] & bit) == 0)
                column.Clear();
            filled[place.Colour] |= bit;
            AddScaled(column, _down.AsSpan(place.Down, _height), values[k]);
        }

        for (int colour = 0; colour < _colours; colour++)
        {
            if (filled[colour] == 0)
                continue;
            AddRows(
                scratch.Slice(colour * _columns * _height, _columns * _height),
                filled[colour],
                strip[(colour * planeLength)..],
                lineLength
            );
        }
    }

    /// <summary>Does nothing: all memory is managed.</summary>
    public void Dispose() { }

    private void AddScaled(Span<float> column, ReadOnlySpan<float> basis, float factor)
    {
        if (_path is SimdPath.Vector256 or SimdPath.Vector512 && _height % Lanes == 0)
        {
            AddScaledVector(column, basis, factor);
            return;
        }

        for (int y = 0; y < column.Length; y++)
            column[y] = SparseSum.MultiplyAdd(factor, basis[y], column[y]);
    }

    /// <summary>strip[y, x] += Σ over the filled columns u, ascending, of columns[u, y] · across[u, x].</summary>
    private void AddRows(ReadOnlySpan<float> columns, ulong filled, Span<float> strip, int lineLength)
    {
        if (_path is SimdPath.Vector256 or SimdPath.Vector512 && _width % Run == 0 && _height % 2 == 0)
        {
            AddRowsVector(columns, filled, strip, lineLength);
            return;
        }

        for (int y = 0; y < _height; y++)
        {
            Span<float> line = strip.Slice(y * lineLength, _width);
            for (ulong rest = filled; rest != 0; rest &= rest - 1)
            {
                int u = BitOperations.TrailingZeroCount(rest);
                for (int x = 0; x < _width; x++)
                    line[x] = SparseSum.MultiplyAdd(columns[u * _height + y], _across[u * _width + x], line[x]);
            }
        }
    }

    /// <summary>Where a latent acts.</summary>
    /// <param name="Colour">Its plane.</param>
    /// <param name="Column">Its coefficient across.</param>
    /// <param name="Down">Where its basis function down begins.</param>
    private readonly record struct Place(byte Colour, byte Column, int Down);
}
