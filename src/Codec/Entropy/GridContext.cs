using System.Numerics;

namespace Codec.Entropy;

/// <summary>
/// What a block of a grid knows of the symbols before it: two rows of blocks, and the accumulators of the block at hand. One for each
/// image that is encoded or decoded; not thread-safe.
/// </summary>
/// <remarks>Integers only, so sums are the same in any order and width (docs/format.md, Grid).</remarks>
internal sealed class GridContext
{
    private readonly Prior _prior;
    private readonly GridRule _rule;
    private readonly GridTables _grid;
    private readonly int[] _biases;
    private readonly GridWeights _layout;
    private readonly int _mostActive;
    private readonly int _coded;
    private readonly int _columns;

    // Cells: those of two rows, and behind them one of zeros for blocks that are not there. What is filled is listed, in order.
    private readonly byte[] _activations;
    private readonly short[] _filled;
    private readonly byte[] _filledActivations;
    private readonly int[] _fills;
    private readonly int[] _starts;
    private readonly short[] _symbols;
    private readonly int[] _extents;
    private readonly int[] _transforms;

    private readonly int[] _neighbours = new int[Prior.Neighbours];
    private readonly int[] _predictions;
    private readonly int[] _accumulators;
    private sbyte[] _weights;
    private int _cell;
    private int _kept;

    /// <summary>Begins an image.</summary>
    /// <param name="prior">A prior with a grid.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="columns">Blocks in a row.</param>
    public GridContext(Prior prior, int quality, int columns)
    {
        PriorQuality tables = prior.Tables.Qualities[quality];
        (_prior, _columns, _coded) = (prior, columns, tables.Coded);
        _rule = prior.Tables.Grid!;
        _grid = tables.Grid!;
        _biases = tables.Biases;
        _layout = prior.WeightsOfGrid(quality);
        _weights = _layout.Whole;
        _mostActive = Math.Max((byte)1, prior.Tables.Activations.Max());
        int cells = 2 * columns + 1;
        _activations = new byte[cells * _coded];
        _filled = new short[cells * _coded];
        _filledActivations = new byte[cells * _coded];
        _fills = new int[cells];
        _starts = new int[_coded];
        _symbols = new short[cells * _rule.Reach];
        _extents = new int[cells];
        _transforms = new int[cells];
        _predictions = new int[_rule.Reach];
        _accumulators = new int[_layout.Stride];
    }

    /// <summary>Mean extent of the left and the upper block, halves up.</summary>
    public int ExtentContext => (_extents[_neighbours[0]] + _extents[_neighbours[1]] + 1) >> 1;

    /// <summary>Transforms of the left and the upper block.</summary>
    public int TransformContext => _transforms[_neighbours[0]] * _rule.Transforms + _transforms[_neighbours[1]];

    /// <summary>The accumulators of the block at hand: [coded].</summary>
    public Span<int> Accumulators => _accumulators.AsSpan(0, _coded);

    /// <summary>Goes to a block; blocks come row by row.</summary>
    /// <remarks>
    /// A neighbour that is not there is stood in for: the left block by the upper, the upper by the left, both corners by the upper; in
    /// the first block all are zeros.
    /// </remarks>
    public void Begin(int row, int column)
    {
        int here = (row & 1) * _columns,
            above = _columns - here,
            none = 2 * _columns;
        _cell = here + column;
        _kept = 0;
        _activations.AsSpan(_cell * _coded, _coded).Clear();
        int up =
            row > 0 ? above + column
            : column > 0 ? _cell - 1
            : none;
        int left = column > 0 ? _cell - 1 : up;
        _neighbours[0] = left;
        _neighbours[1] = up;
        _neighbours[2] = row > 0 && column > 0 ? above + column - 1 : up;
        _neighbours[3] = row > 0 && column + 1 < _columns ? above + column + 1 : up;
        Foresee();
    }

    /// <summary>Sums what the neighbours say of the first latents.</summary>
    /// <param name="count">How many latents: those behind them are not coded in this block.</param>
    /// <param name="transform">The transform that they are of.</param>
    public void Gather(int count, int transform)
    {
        // In whole runs, where there are so many: what lies behind the latents that count is not looked at.
        count = Math.Min((count + WeightedRows.Run - 1) / WeightedRows.Run * WeightedRows.Run, _coded);
        Span<int> accumulators = _accumulators.AsSpan(0, count);
        _biases.AsSpan(0, count).CopyTo(accumulators);
        _weights = transform == 0 ? _layout.Whole : _layout.Divided;
        if (transform > 0)
        {
            ReadOnlySpan<short> offsets = _grid.Offsets.AsSpan((transform - 1) * _coded, count);
            for (int i = 0; i < count; i++)
                accumulators[i] += offsets[i];
        }

        for (int n = 0; n < Prior.Neighbours; n++)
            WeightedRows.Add(accumulators, _grid.Neighbours.AsSpan(n * _coded, count), _activations.AsSpan(_neighbours[n] * _coded, count));
        if (_grid.Spread.Length == 0)
            return;
        Spread(_neighbours[0], accumulators);
        Spread(_neighbours[1], accumulators);
    }

    /// <summary>What a latent is expected to be, of those that are predicted.</summary>
    public int Predict(int latent) =>
        Math.Clamp(
            (_predictions[latent] + (1 << (Prior.PredictorBits - 1))) >> Prior.PredictorBits,
            -SymbolCoder.MaxMagnitude,
            SymbolCoder.MaxMagnitude
        );

    /// <summary>Whether the sign of a latent within reach is expected to be negative.</summary>
    /// <param name="latent">A latent that is not predicted.</param>
    /// <param name="certainty">How far from zero it is expected: 0 to <see cref="Prior.Certainties"/> − 1.</param>
    public bool ExpectNegative(int latent, out int certainty)
    {
        int prediction = _predictions[latent];
        uint distance = (uint)(prediction < 0 ? -(long)prediction : prediction);
        certainty = Math.Min(32 - BitOperations.LeadingZeroCount(distance >> Prior.CertaintyShift), Prior.Certainties - 1);
        return prediction < 0;
    }

    /// <summary>Sums what the neighbours' symbols within reach say of this block's, modulo 2^32.</summary>
    private void Foresee()
    {
        int reach = _rule.Reach;
        Array.Clear(_predictions);
        for (int n = 0; n < Prior.Neighbours; n++)
        {
            WeightedRows.Add(
                _predictions,
                _rule.Predictors.AsSpan(n * reach * reach, reach * reach),
                _symbols.AsSpan(_neighbours[n] * reach, reach)
            );
        }
    }

    /// <summary>The scale of a latent, given the blocks before and the latents before it.</summary>
    public int Scale(int latent) => _prior.ScaleOf(_accumulators[latent]);

    /// <summary>Moves the scales behind a non-zero magnitude of this block.</summary>
    /// <param name="latent">Its latent.</param>
    /// <param name="magnitude">Its magnitude as coded, 1 or more.</param>
    /// <param name="count">How many latents of the block are coded.</param>
    public void Observe(int latent, int magnitude, int count)
    {
        if (_weights.Length == 0)
            return;
        // From the vector that the next latent is in to that of the last: others' weights are 0, and what lies behind the last is not
        // looked at.
        int first = (latent + 1) & -GridWeights.Align,
            last = (count + GridWeights.Align - 1) & -GridWeights.Align;
        if (first < last)
        {
            WeightedRows.Add(
                _accumulators.AsSpan(first, last - first),
                _weights.AsSpan(latent * _layout.Stride + first, last - first),
                Activation(magnitude)
            );
        }
    }

    /// <summary>Keeps a non-zero magnitude of this block for later ones; in the order of latents.</summary>
    /// <param name="latent">Its latent.</param>
    /// <param name="magnitude">Its magnitude as coded, 1 or more.</param>
    public void Keep(int latent, int magnitude)
    {
        int first = _cell * _coded;
        byte activation = Activation(magnitude);
        _activations[first + latent] = activation;
        _filledActivations[first + _kept] = activation;
        _filled[first + _kept] = (short)latent;
        _kept++;
    }

    /// <summary>The latents of this block that were kept.</summary>
    public ReadOnlySpan<short> Kept => _filled.AsSpan(_cell * _coded, _kept);

    /// <summary>Ends the block: later ones will look at it.</summary>
    /// <param name="extent">Its groups.</param>
    /// <param name="transform">Its transform; 0 where it has no groups.</param>
    /// <param name="symbols">Symbols, of which those are kept that predictions look at.</param>
    public void End(int extent, int transform, ReadOnlySpan<short> symbols)
    {
        _extents[_cell] = extent;
        _transforms[_cell] = transform;
        _fills[_cell] = _kept;
        // Behind the coded latents the caller's symbols are of an earlier block.
        int known = Math.Min(_rule.Reach, Math.Max(_rule.Predicted, extent * Prior.GroupSize));
        symbols[..known].CopyTo(_symbols.AsSpan(_cell * _rule.Reach, known));
        _symbols.AsSpan(_cell * _rule.Reach + known, _rule.Reach - known).Clear();
    }

    /// <summary>Adds what a neighbour's latents that are not zero say of all of this block's.</summary>
    private void Spread(int cell, Span<int> accumulators)
    {
        ReadOnlySpan<short> filled = _filled.AsSpan(cell * _coded, _fills[cell]);
        Span<int> starts = _starts.AsSpan(0, filled.Length);
        for (int i = 0; i < starts.Length; i++)
            starts[i] = filled[i] * _coded;
        WeightedRows.Add(accumulators, _grid.Spread, starts, _filledActivations.AsSpan(cell * _coded, filled.Length), _mostActive);
    }

    private byte Activation(int magnitude)
    {
        byte[] activations = _prior.Tables.Activations;
        return activations[Math.Min(magnitude, activations.Length) - 1];
    }
}
