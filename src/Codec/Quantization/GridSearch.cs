using Codec.Entropy;
using Codec.Models;

namespace Codec.Quantization;

/// <summary>
/// Chooses the transform and the symbols of a grid's blocks by rate and distortion, in the coder's own context. One instance for each
/// image; not thread-safe.
/// </summary>
/// <remarks>
/// A symbol changes the scales of the latents after it, and what is predicted of the colours after it, which a trellis search cannot track.
/// As in <see cref="LatentEncoder"/>, a block is searched again: with the scales of a first guess, then with those of that search's result.
/// </remarks>
internal sealed class GridSearch
{
    /// <summary>Number of transforms that are searched: the second saves 0.7 % of the bytes, the third and fourth 0.2 % more.</summary>
    private const int Candidates = 4;

    /// <summary>
    /// Most searches after the first: each follows the luminance that the one before chose, until no colour's prediction moves.
    /// </summary>
    private const int ColourRounds = 4;

    private readonly GridContext _context;
    private readonly BlockShape _shape;
    private readonly Dequantizer _dequantizer;
    private readonly GridRates _rates;
    private readonly TrellisSearch _search;
    private readonly float _lambda;
    private readonly int _transforms;
    private readonly TransformChoice _choice;
    private readonly Trellis _trellis;
    private readonly float[] _targets; // [coded]: the latents less what is predicted of them
    private readonly int[] _values; // [K]: see ColourPrediction; empty without colours
    private readonly float[] _magnitudes; // [coded]: |target| / step
    private readonly byte[] _scales; // [coded]
    private readonly int[] _gathered; // [coded]: accumulators after the predicted latents
    private readonly short[] _path; // [coded]: the magnitudes chosen
    private readonly short[] _predicted; // [predicted]: the symbols of the predicted latents

    /// <summary>Creates the search of one image.</summary>
    /// <param name="context">
    /// The image's context, which the caller moves from block to block; a search changes the accumulators of the current block only.
    /// </param>
    /// <param name="entry">The quality's step and λ.</param>
    /// <param name="rates">The quality's rates, which images share.</param>
    public GridSearch(GridContext context, QualityEntry entry, GridRates rates)
    {
        (_context, _shape, _rates, _lambda) = (context, context.Shape, rates, entry.Lambda);
        _dequantizer = new Dequantizer(context.Prior, context.Quality, entry);
        _search = new TrellisSearch(context.Prior, _dequantizer, rates.Magnitudes);
        GridRule rule = context.Prior.Tables.Grid!;
        _transforms = rule.Transforms;
        _choice = new TransformChoice(rule, _dequantizer.Steps);
        _trellis = context.Prior.Tables.Trellis;
        _targets = new float[_shape.Coded];
        _values = new int[rule.Colours is null ? 0 : context.Prior.Tables.Latents];
        _magnitudes = new float[_shape.Coded];
        _scales = new byte[_shape.Coded];
        _gathered = new int[_shape.Coded];
        _path = new short[_shape.Coded];
        _predicted = new short[_shape.Predicted];
    }

    /// <summary>
    /// [coded]: what the symbols last chosen stand for: the latents less what is predicted of them; not for those that are coded as
    /// differences.
    /// </summary>
    public ReadOnlySpan<float> Targets => _targets;

    /// <summary>Chooses the current block's transform: the one of least cost among the few most promising.</summary>
    /// <param name="graph">The block's latents of all transforms, as the encoder's graph outputs them.</param>
    /// <param name="latents">[K]: the latents of the chosen transform; overwritten.</param>
    /// <returns>The transform.</returns>
    public int ChooseTransform(ReadOnlySpan<float> graph, Span<float> latents)
    {
        Span<int> ranked = stackalloc int[Math.Min(Candidates, _transforms)];
        _choice.Rank(graph, _context.Level, latents, ranked);
        int best = ranked[0];
        float least = float.PositiveInfinity;
        foreach (int transform in ranked)
        {
            _choice.Take(graph, transform, latents);
            float cost = Estimate(transform, latents);
            if (cost < least)
                (best, least) = (transform, cost);
        }

        _choice.Take(graph, best, latents);
        return best;
    }

    /// <summary>Chooses the symbols of the current block.</summary>
    /// <param name="transform">The transform that the latents belong to.</param>
    /// <param name="latents">[K]; NaN counts as zero, and magnitudes are clamped.</param>
    /// <param name="symbols">[K]; overwritten.</param>
    public void Choose(int transform, ReadOnlySpan<float> latents, Span<short> symbols)
    {
        symbols.Clear();
        _path.AsSpan().Clear();
        int count = Aim(latents);
        SearchByGuess(transform, latents, count);
        _predicted.CopyTo(symbols);
        bool moved = Follow(latents);
        for (int round = 0; round == 0 || (moved && round < ColourRounds); round++)
        {
            ReadScales(count, guess: false);
            Search(count);
            for (int i = _shape.Predicted; i < count; i++)
                symbols[i] = TrellisSearch.Signed(_path[i], _targets[i]);
            moved = Follow(latents);
        }
    }

    /// <summary>
    /// Estimates the cost of the block under a transform by a single search: error²/Δ² + λ·bits, minus a sum that is equal for all
    /// transforms.
    /// </summary>
    private float Estimate(int transform, ReadOnlySpan<float> latents)
    {
        int count = Aim(latents);
        SearchByGuess(transform, latents, count);
        // A latent that is not searched costs the square of its target. Transforms are orthonormal, so the squares of all latents have about
        // the same sum in each; subtracting the squares of the searched latents replaces adding those of the others.
        ReadOnlySpan<float> perStep = _dequantizer.Steps.PerStep(_context.Level);
        float rest = 0;
        for (int i = _shape.Predicted; i < _shape.Coded; i++)
        {
            if (i >= count)
                rest += _magnitudes[i] * _magnitudes[i];
            if (i < count || _values.Length > 0)
                rest -= latents[i] * perStep[i] * (latents[i] * perStep[i]);
        }

        return _search.Cost + rest + _lambda * _rates.Transforms(_context.TransformContext)[transform];
    }

    /// <summary>
    /// Chooses the predicted symbols, then searches a path with the scales that result from a plain quantizer's magnitudes.
    /// </summary>
    private void SearchByGuess(int transform, ReadOnlySpan<float> latents, int count)
    {
        _context.Gather(count, transform);
        for (int i = 0; i < _predicted.Length; i++)
            _predicted[i] = ChoosePredicted(i, latents[i], count);
        _context.Accumulators[..count].CopyTo(_gathered);
        ReadScales(count, guess: true);
        Search(count);
    }

    private void Search(int count) =>
        _search.Run(_magnitudes.AsSpan(0, count), _scales, _lambda, _rates.Extents(_context.ExtentContext), _path.AsSpan(0, count));

    /// <summary>
    /// Computes the latents' targets, given the symbols of a plain quantizer, and the targets' magnitudes in steps.
    /// </summary>
    /// <returns>How many latents to search, in whole groups and at least one: all later ones become zero.</returns>
    private int Aim(ReadOnlySpan<float> latents)
    {
        ReadOnlySpan<float> perStep = _dequantizer.Steps.PerStep(_context.Level);
        int significant = _shape.Predicted;
        for (int i = _shape.Predicted; i < _shape.Coded; i++)
        {
            int prediction = Aim(i, latents[i]);
            float magnitude = TrellisSearch.Magnitude(_targets[i], perStep[i]);
            _magnitudes[i] = magnitude;
            if (magnitude >= TrellisSearch.Insignificant)
                significant = i + 1;
            if (_values.Length > 0)
                SetValue(i, 2 * TrellisSearch.Guess(magnitude), _targets[i] < 0, prediction);
        }

        return _shape.Count(BlockShape.GroupsOf(Math.Max(significant, 1)));
    }

    /// <summary>Computes the targets of the colours again, and their magnitudes, given the symbols of the last path.</summary>
    /// <returns>Whether a target moved.</returns>
    private bool Follow(ReadOnlySpan<float> latents)
    {
        if (_values.Length == 0)
            return false;
        bool moved = false;
        ReadOnlySpan<float> perStep = _dequantizer.Steps.PerStep(_context.Level);
        int state = 0;
        for (int i = _shape.Predicted; i < _shape.Coded; i++)
        {
            int magnitude = _path[i],
                point = magnitude == 0 ? 0 : 2 * magnitude - _trellis.Quantizer(state);
            float before = _targets[i];
            SetValue(i, point, before < 0, Aim(i, latents[i]));
            moved |= _targets[i] != before;
            _magnitudes[i] = TrellisSearch.Magnitude(_targets[i], perStep[i]);
            state = _trellis.Next(state, magnitude);
        }

        return moved;
    }

    /// <summary>Computes a latent's target from the values of those before it.</summary>
    /// <returns>What is predicted.</returns>
    private int Aim(int latent, float value)
    {
        int prediction = _values.Length == 0 ? 0 : _context.Colours!.Predict(latent, _values);
        _targets[latent] = prediction == 0 ? value : value - prediction * _dequantizer.Steps.Units[latent];
        return prediction;
    }

    private void SetValue(int latent, int point, bool negative, int prediction)
    {
        int value = point == 0 ? 0 : _context.Colours!.Value(latent, negative ? -point : point, _context.Level);
        _values[latent] = ColourPrediction.Add(value, prediction);
    }

    /// <summary>
    /// Chooses a predicted latent's symbol, the nearest one or its neighbour towards the prediction, whichever costs less, and adds its
    /// magnitude to the context.
    /// </summary>
    private short ChoosePredicted(int latent, float value, int count)
    {
        float x = value / (2 * _dequantizer.Steps.At(_context.Level)[latent]);
        x = float.IsNaN(x) ? 0 : Math.Clamp(x, -SymbolCoder.MaxMagnitude, SymbolCoder.MaxMagnitude);
        int prediction = _context.Predict(latent),
            scale = _context.Scale(latent);
        int nearest = (int)MathF.Round(x),
            chosen = nearest;
        int nearer = nearest + Math.Sign(prediction - nearest);
        if (Cost(nearer) < Cost(nearest))
            chosen = nearer;
        int magnitude = Math.Abs(chosen - prediction);
        if (magnitude > SymbolCoder.MaxMagnitude)
            (chosen, magnitude) = (prediction, 0);
        _context.Settle(latent, chosen);
        if (magnitude > 0)
            _context.Observe(latent, magnitude, count);
        return (short)chosen;

        float Cost(int symbol)
        {
            int difference = Math.Abs(symbol - prediction);
            return 4 * (x - symbol) * (x - symbol)
                + _lambda * (_rates.Magnitudes.Bits(scale, difference)[0] + _rates.Magnitudes.Excess(difference));
        }
    }

    /// <summary>Reads the scales of the latents that are not predicted, given the magnitudes of a guess or of the last path.</summary>
    private void ReadScales(int count, bool guess)
    {
        _gathered.AsSpan(0, count).CopyTo(_context.Accumulators);
        for (int i = _shape.Predicted; i < count; i++)
        {
            _scales[i] = (byte)_context.Scale(i);
            int magnitude = guess ? TrellisSearch.Guess(_magnitudes[i]) : _path[i];
            if (magnitude != 0)
                _context.Observe(i, magnitude, count);
        }
    }
}
