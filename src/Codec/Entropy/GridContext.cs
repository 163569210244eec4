using System.Numerics;

namespace Codec.Entropy;

/// <summary>
/// The context in which the symbols of a grid's blocks are coded: the symbols of two rows of blocks, and the accumulators of the current
/// block. The coder walks every block once, from <see cref="Begin"/> to <see cref="End"/>; between the two a search may gather and observe
/// any number of times. Not thread-safe. One instance serves the images of one width, one after the other.
/// </summary>
/// <remarks>Integers only, so sums are the same in any order and width (docs/format.md, Grid).</remarks>
internal sealed class GridContext
{
    private readonly GridRule _rule;
    private readonly GridTables _grid;
    private readonly int[] _biases;
    private readonly GridWeights _layout;
    private readonly GridPredictors _predictors;
    private readonly int _mostActive;
    private readonly int _coded;

    // A cell holds a block: two rows of blocks, then a block of zeros, the stand-in for missing neighbours.
    private readonly byte[] _activations; // [cells, coded]
    private readonly short[] _nonZero; // [cells, coded]: the latents whose magnitude is not zero, rising
    private readonly byte[] _nonZeroActivations; // [cells, coded]: their activations
    private readonly int[] _nonZeroCounts; // [cells]: how many there are
    private readonly int[] _starts; // [coded]: scratch
    private readonly short[] _symbols; // [cells, symbols of predictors]
    private readonly int[] _extents; // [cells]
    private readonly int[] _transforms; // [cells]
    private readonly int[] _energies; // [cells]: logarithms; empty without levels
    private readonly byte[] _quantizers; // [coded]: of the current block's latents whose magnitude is not zero
    private readonly CodedLatent[] _latents; // [coded]: of the current block
    private readonly ColourPrediction? _colours;
    private readonly long[] _distances; // [predicted]: see ColourPrediction.Distance

    // Fraction bits of the symbols that predictions sum.
    private readonly int _fraction;
    private readonly int[] _neighbours = new int[Prior.Neighbours];
    private readonly int[] _predictions;
    private readonly int[] _accumulators;
    private sbyte[] _weights;
    private int _cell;
    private int _nonZeroCount;
    private int _latentCount;

    /// <summary>Creates the context of one image.</summary>
    /// <param name="prior">A prior with a grid.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="columns">Blocks in a row.</param>
    public GridContext(Prior prior, int quality, int columns)
    {
        PriorQuality tables = prior.Tables.Qualities[quality];
        (Prior, Quality, Columns, Shape) = (prior, quality, columns, prior.ShapeOf(quality));
        _coded = Shape.Coded;
        _rule = prior.Tables.Grid!;
        _grid = tables.Grid!;
        _biases = tables.Biases;
        _layout = prior.WeightsOfGrid(quality);
        _weights = _layout.Whole;
        _mostActive = Math.Max((byte)1, prior.Tables.Activations.Max());
        int cells = 2 * columns + 1;
        _activations = new byte[cells * _coded];
        _nonZero = new short[cells * _coded];
        _nonZeroActivations = new byte[cells * _coded];
        _nonZeroCounts = new int[cells];
        _starts = new int[_coded];
        _predictors = prior.Predictors;
        _symbols = new short[cells * _predictors.Symbols];
        _extents = new int[cells];
        _transforms = new int[cells];
        _energies = _rule.Steps is { } steps ? new int[cells] : [];
        Array.Fill(_energies, _rule.Steps?.EnergyLog(0, _rule.Steps.Neutral, _grid.Steps!.Floor) ?? 0);
        _quantizers = new byte[_coded];
        _latents = new CodedLatent[_coded];
        _colours = _rule.Colours is null ? null : new ColourPrediction(prior.Colours, cells);
        _distances = new long[_rule.Predicted];
        _fraction = _rule.Steps is null ? 0 : StepRule.SymbolBits;
        _predictions = new int[_rule.Reach];
        _accumulators = new int[_layout.Stride];
    }

    /// <summary>Bytes of the two rows of blocks that a context remembers.</summary>
    /// <param name="columns">Blocks in a row.</param>
    /// <param name="coded">Coded latents of a block.</param>
    /// <param name="reach">Latents of a block whose symbols are remembered.</param>
    public static long MeasureRows(int columns, int coded, int reach) =>
        (2L * columns + 1)
        * (
            coded * (2 * sizeof(byte) + sizeof(short))
            + GridPredictors.EvenOf(reach) * sizeof(short)
            + 4 * sizeof(int)
            + ColourPrediction.CellBytes
        );

    /// <summary>The prior.</summary>
    public Prior Prior { get; }

    /// <summary>Index of its quality.</summary>
    public int Quality { get; }

    /// <summary>Blocks in a row.</summary>
    public int Columns { get; }

    /// <summary>Which latents of a block are coded.</summary>
    public BlockShape Shape { get; }

    /// <summary>The level of the current block's steps; 0 where the rule has no levels.</summary>
    public int Level { get; private set; }

    /// <summary>The context of the block's extent: the mean extent of the left block and the block above, halves rounded up.</summary>
    public int ExtentContext => (_extents[_neighbours[0]] + _extents[_neighbours[1]] + 1) >> 1;

    /// <summary>The context of the block's transform: the transforms of the left block and the block above.</summary>
    public int TransformContext => _transforms[_neighbours[0]] * _rule.Transforms + _transforms[_neighbours[1]];

    /// <summary>The accumulators of the current block: [coded].</summary>
    public Span<int> Accumulators => _accumulators.AsSpan(0, _coded);

    /// <summary>The colours of the current block; null where they are not predicted.</summary>
    public ColourPrediction? Colours => _colours;

    /// <summary>After <see cref="End"/>: the latents of the block that can differ from zero, ascending, the predicted ones first.</summary>
    public ReadOnlySpan<CodedLatent> Latents => _latents.AsSpan(0, _latentCount);

    /// <summary>The latents of the current block that were recorded, rising.</summary>
    private ReadOnlySpan<short> NonZero => _nonZero.AsSpan(_cell * _coded, _nonZeroCount);

    /// <summary>Moves to a block, and sums its predictions. Call it for every block, row by row; row 0 begins anew.</summary>
    public void Begin(int row, int column)
    {
        int here = (row & 1) * Columns,
            above = Columns - here;
        _cell = here + column;
        _nonZeroCount = 0;
        _activations.AsSpan(_cell * _coded, _coded).Clear();
        Neighbourhood.Find(row, column, Columns, _cell, above + column, none: 2 * Columns, _neighbours);
        SumPredictions();
        _colours?.Begin(_neighbours);
        if (_rule.Steps is { } steps)
            Level = steps.Level(SumEnergies(), _rule.Predicted > 0 ? Predict(0) : 0, _grid.Steps!);
    }

    /// <summary>
    /// Sets the accumulators of the first latents to their biases, plus the transform's offsets and the neighbours' weighted activations.
    /// </summary>
    /// <param name="count">How many latents this block codes.</param>
    /// <param name="transform">The block's transform.</param>
    public void Gather(int count, int transform)
    {
        // Round up to whole runs, which are summed faster; the sums past the count are unused.
        count = Math.Min((count + WeightedRows.Run - 1) / WeightedRows.Run * WeightedRows.Run, _coded);
        Span<int> accumulators = _accumulators.AsSpan(0, count);
        _biases.AsSpan(0, count).CopyTo(accumulators);
        _weights = transform == 0 ? _layout.Whole : _layout.Divided;
        if (transform > 0)
            WeightedRows.Add(accumulators, _grid.Offsets.AsSpan((transform - 1) * _coded, count));
        if (_grid.Steps is { } steps)
            WeightedRows.Add(accumulators, steps.Offsets.AsSpan(Level * _coded, count));
        for (int n = 0; n < Prior.Neighbours; n++)
            WeightedRows.Add(accumulators, _grid.Neighbours.AsSpan(n * _coded, count), _activations.AsSpan(_neighbours[n] * _coded, count));
        if (_grid.Spread.Length == 0)
            return;
        Spread(_neighbours[0], accumulators);
        Spread(_neighbours[1], accumulators);
    }

    /// <summary>
    /// Predicts the symbol of a latent that is coded as a difference. A colour's prediction follows from the symbols of its luminance and
    /// of the colour before it, which must have been settled.
    /// </summary>
    public int Predict(int latent)
    {
        int shift = Prior.PredictorBits + _fraction,
            half = 1 << (shift - 1);
        long rounded = _colours is { } colours
            ? (_predictions[latent] + colours.MeanShift(latent, _distances) + half) >> shift
            : unchecked(_predictions[latent] + half) >> shift;
        return (int)Math.Clamp(rounded, -SymbolCoder.MaxMagnitude, SymbolCoder.MaxMagnitude);
    }

    /// <summary>Settles the symbol of a latent that is coded as a difference; call it in ascending order of latents.</summary>
    public void Settle(int latent, int symbol)
    {
        if (_colours is { } colours)
            _distances[latent] = colours.Distance(latent, ((long)symbol << (Prior.PredictorBits + _fraction)) - _predictions[latent]);
    }

    /// <summary>Predicts whether a latent's symbol is negative.</summary>
    /// <param name="latent">A latent within reach that is not coded as a difference.</param>
    /// <param name="certainty">How far from zero its prediction is: 0 to <see cref="Prior.Certainties"/> − 1.</param>
    public bool PredictNegative(int latent, out int certainty)
    {
        int prediction = _predictions[latent];
        uint distance = (uint)(prediction < 0 ? -(long)prediction : prediction);
        certainty = Math.Min(32 - BitOperations.LeadingZeroCount(distance >> (Prior.CertaintyShift + _fraction)), Prior.Certainties - 1);
        return prediction < 0;
    }

    /// <summary>The scale of a latent, given the earlier blocks and the earlier latents of this block.</summary>
    public int Scale(int latent) => Prior.ScaleOf(_accumulators[latent]);

    /// <summary>Adds the weights of a non-zero magnitude to the accumulators of the latents after it.</summary>
    /// <param name="latent">The latent with the magnitude.</param>
    /// <param name="magnitude">The magnitude as coded, 1 or more.</param>
    /// <param name="count">How many latents of the block are coded.</param>
    public void Observe(int latent, int magnitude, int count)
    {
        if (_weights.Length == 0)
            return;
        // Add whole vectors, from the one that holds the next latent to the one that holds the last coded latent. A row's weights on
        // latents up to its own are 0; sums past the count are unused.
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

    /// <summary>
    /// Does what a coder does with a non-zero magnitude: <see cref="Observe"/>, and records it for later blocks. Call it in ascending order
    /// of latents.
    /// </summary>
    /// <param name="latent">The latent with the magnitude.</param>
    /// <param name="magnitude">Its magnitude as coded, 1 or more.</param>
    /// <param name="quantizer">The quantizer of its state.</param>
    /// <param name="count">How many latents of the block are coded.</param>
    public void Record(int latent, int magnitude, int quantizer, int count)
    {
        Observe(latent, magnitude, count);
        _quantizers[latent] = (byte)quantizer;
        int first = _cell * _coded;
        byte activation = Activation(magnitude);
        _activations[first + latent] = activation;
        _nonZeroActivations[first + _nonZeroCount] = activation;
        _nonZero[first + _nonZeroCount] = (short)latent;
        _nonZeroCount++;
    }

    /// <summary>
    /// Ends the block: finds <see cref="Latents"/>, and records its extent, transform and symbols for later blocks.
    /// </summary>
    /// <param name="extent">Its extent.</param>
    /// <param name="transform">Its transform; 0 if the extent is 0.</param>
    /// <param name="symbols">Its symbols: at least the coded ones.</param>
    public void End(int extent, int transform, ReadOnlySpan<short> symbols)
    {
        _latentCount = 0;
        for (int i = 0; i < _rule.Predicted; i++)
            _latents[_latentCount++] = new CodedLatent((short)i, symbols[i], 0, 0);
        int count = Shape.Count(extent);
        ReadOnlySpan<short> nonZero = NonZero[CountPredicted()..];
        if (_colours is { } colours)
            _latentCount += colours.End(_cell, Level, nonZero, symbols[..count], _quantizers, _latents.AsSpan(_latentCount));
        else
            AppendNonZero(nonZero, symbols);
        _extents[_cell] = extent;
        _transforms[_cell] = transform;
        _nonZeroCounts[_cell] = _nonZeroCount;
        Span<short> kept = Kept(_cell);
        kept.Clear();
        foreach (CodedLatent coded in Latents)
        {
            if (coded.Latent >= _rule.Reach)
                break;
            kept[coded.Latent] = _rule.Steps is { } levels ? ToNeutral(levels, coded) : coded.Symbol;
        }

        if (_rule.Steps is { } steps)
            RecordEnergy(steps, nonZero, symbols);
    }

    /// <summary>What is kept of a latent: its symbol at the neutral level, with what is predicted of it.</summary>
    private short ToNeutral(StepRule steps, in CodedLatent coded)
    {
        long addition = coded.Prediction == 0 ? 0 : _colours!.ToSymbol(coded.Latent, coded.Prediction);
        return steps.ToNeutral(coded.Symbol, coded.Latent, Level, addition);
    }

    private void RecordEnergy(StepRule steps, ReadOnlySpan<short> nonZero, ReadOnlySpan<short> symbols)
    {
        ulong energy = 0;
        foreach (short latent in nonZero)
            energy += steps.Energy(latent, SymbolCoder.Magnitude(symbols[latent]));
        _energies[_cell] = steps.EnergyLog(energy, Level, _grid.Steps!.Floor);
    }

    private void AppendNonZero(ReadOnlySpan<short> nonZero, ReadOnlySpan<short> symbols)
    {
        foreach (short latent in nonZero)
            _latents[_latentCount++] = new CodedLatent(latent, symbols[latent], _quantizers[latent], 0);
    }

    /// <summary>How many of the recorded latents are coded as differences.</summary>
    private int CountPredicted()
    {
        int count = 0;
        while (count < _nonZeroCount && NonZero[count] < _rule.Predicted)
            count++;
        return count;
    }

    /// <summary>The symbols that are kept of a cell's block.</summary>
    private Span<short> Kept(int cell) => _symbols.AsSpan(cell * _predictors.Symbols, _predictors.Symbols);

    private int SumEnergies()
    {
        int sum = 0;
        foreach (int neighbour in _neighbours)
            sum += _energies[neighbour];
        return sum;
    }

    /// <summary>Sums the predictions of the latents within reach from the neighbours' symbols, modulo 2^32.</summary>
    private void SumPredictions()
    {
        _predictions.AsSpan().Clear();
        for (int n = 0; n < Prior.Neighbours; n++)
            WeightedRows.AddInterleaved(_predictions, _predictors.From(n), Kept(_neighbours[n]));
    }

    /// <summary>Adds the weights from a neighbour's non-zero latents to the accumulators of this block.</summary>
    private void Spread(int cell, Span<int> accumulators)
    {
        ReadOnlySpan<short> nonZero = _nonZero.AsSpan(cell * _coded, _nonZeroCounts[cell]);
        Span<int> starts = _starts.AsSpan(0, nonZero.Length);
        for (int i = 0; i < starts.Length; i++)
            starts[i] = nonZero[i] * _coded;
        WeightedRows.Add(accumulators, _grid.Spread, starts, _nonZeroActivations.AsSpan(cell * _coded, nonZero.Length), _mostActive);
    }

    private byte Activation(int magnitude)
    {
        byte[] activations = Prior.Tables.Activations;
        return activations[Math.Min(magnitude, activations.Length) - 1];
    }
}
