using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Codec.Images;
using Codec.Onnx;
using Codec.Simd;

namespace Codec.Transforms;

/// <summary>
/// Decodes windows with a separable graph; only non-zero latents cost time. Each latent adds its basis function to a column of scratch,
/// then each non-empty column is spread along the rows. Planes stay separate; complete lines are converted to channels once.
/// </summary>
/// <remarks>
/// This file is the specification; the vector path does the same operations in the same order. Machines with and without fused
/// multiply-add, and ONNX Runtime, agree to one grey level. Immutable.
/// </remarks>
internal sealed partial class SeparableSynthesis : IWindowSynthesis
{
    /// <summary>Largest number of coefficients across: a 64-bit mask marks the non-empty columns.</summary>
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
        // Convert from the graph's unit to grey levels.
        Colours = [.. map.Colours.Select(weight => (float)(weight / (double)window.Scale))];
    }

    /// <inheritdoc/>
    public float[] Colours { get; }

    /// <inheritdoc/>
    public int ScratchLength => _colours * _columns * _height;

    /// <summary>Creates a synthesis if the graph is separable; otherwise <see cref="GraphLoader"/> tries other implementations.</summary>
    public static bool TryCreate(
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
            bool isFilled = (filled[place.Colour] >> place.Column & 1) != 0;
            filled[place.Colour] |= 1ul << place.Column;
            AddScaled(column, isFilled, _down.AsSpan(place.Down, _height), values[k]);
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

    /// <summary>column += factor · basis; what the column holds counts only if it is filled.</summary>
    private void AddScaled(Span<float> column, bool isFilled, ReadOnlySpan<float> basis, float factor)
    {
        if (_path is SimdPath.Vector256 or SimdPath.Vector512 && _height % Lanes == 0)
        {
            AddScaledVector(column, isFilled, basis, factor);
            return;
        }

        for (int y = 0; y < column.Length; y++)
            column[y] = SparseSum.MultiplyAdd(factor, basis[y], isFilled ? column[y] : 0);
    }

    /// <summary>strip[y, x] += Σ columns[u, y] · across[u, x] over the non-empty columns u, ascending.</summary>
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

    /// <summary>Where a latent's basis function is added.</summary>
    /// <param name="Colour">The plane.</param>
    /// <param name="Column">The coefficient across: the column of scratch.</param>
    /// <param name="Down">Index of the basis function's first element in the matrix down.</param>
    private readonly record struct Place(byte Colour, byte Column, int Down);
}
