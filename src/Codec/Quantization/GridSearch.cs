using Codec.Entropy;
using Codec.Models;

namespace Codec.Quantization;

/// <summary>
/// Chooses the transform and the symbols of a grid's blocks by rate and distortion, in the coder's own context. One instance for each
/// image; not thread-safe.
/// </summary>
/// <remarks>
/// A symbol changes the scales of the latents after it, which a trellis search cannot track. As in <see cref="LatentEncoder"/>, a block is
/// searched twice: with the scales of a first guess, then with those of that search's result. Colours aim at what the best path so far
/// predicts (<see cref="ColourAim"/>).
/// </remarks>
internal sealed class GridSearch
{
    /// <summary>Number of transforms that are searched: the second saves 0.7 % of the bytes, the third and fourth 0.2 % more.</summary>
    private const int Candidates = 4;

    private readonly GridContext _context;
    private readonly BlockShape _shape;
    private readonly Dequantizer _dequantizer;
    private readonly GridRates _rates;
    private readonly TrellisSearch _search;
    private readonly float _lambda;
    private readonly int _transforms;
    private readonly TransformChoice _choice;
    private readonly Trellis _trellis;
    private readonly ColourAim? _aim; // null where colours are not predicted
    private readonly float[] _raw; // [coded]: |latent| / step
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
        _aim = context.Colours is { } colours ? new ColourAim(context, colours, context.Prior.Colours, _dequantizer.Steps) : null;
        _magnitudes = new float[_shape.Coded];
        _raw = new float[_shape.Coded];
        _scales = new byte[_shape.Coded];
        _gathered = new int[_shape.Coded];
        _path = new short[_shape.Coded];
        _predicted = new short[_shape.Predicted];
    }

    /// <summary>
    /// [coded]: what the symbols last chosen stand for: the latents less what is predicted of them. Empty where nothing is predicted.
    /// </summary>
    public ReadOnlySpan<float> Targets => _aim is null ? [] : _aim.Targets;

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
        int count = Scale(latents);
        SearchByGuess(transform, latents, count, follow: true);
        _predicted.CopyTo(symbols);
        ReadScales(count, guess: false);
        Search(count, follow: true);
        ReadOnlySpan<float> targets = _aim is null ? latents : _aim.Targets;
        for (int i = _shape.Predicted; i < count; i++)
            symbols[i] = TrellisSearch.Signed(_path[i], targets[i]);
        SetTargets(count);
    }

    /// <summary>
    /// Estimates the cost of the block under a transform by a single search: error²/Δ² + λ·bits, minus a sum that is equal for all
    /// transforms.
    /// </summary>
    private float Estimate(int transform, ReadOnlySpan<float> latents)
    {
        int count = Scale(latents);
        SearchByGuess(transform, latents, count, follow: false);
        // A latent that is not searched costs its square. Transforms are orthonormal, so the squares of all latents have about the same sum
        // in each; subtracting the squares of the searched latents replaces adding those of the others.
        float rest = 0;
        for (int i = _shape.Predicted; i < count; i++)
            rest -= _raw[i] * _raw[i];

        return _search.Cost + rest + _lambda * _rates.Transforms(_context.TransformContext)[transform];
    }

    /// <summary>
    /// Chooses the predicted symbols, then searches a path with the scales that result from a plain quantizer's magnitudes.
    /// </summary>
    private void SearchByGuess(int transform, ReadOnlySpan<float> latents, int count, bool follow)
    {
        _context.Gather(count, transform);
        for (int i = 0; i < _predicted.Length; i++)
            _predicted[i] = ChoosePredicted(i, latents[i], count);
        _context.Accumulators[..count].CopyTo(_gathered);
        ReadScales(count, guess: true);
        Search(count, follow);
    }

    private void Search(int count, bool follow)
    {
        if (follow && _aim is not null)
            _raw.CopyTo(_magnitudes, 0);
        _search.Run(
            _magnitudes.AsSpan(0, count),
            _scales,
            _lambda,
            _rates.Extents(_context.ExtentContext),
            follow ? _aim : null,
            _path.AsSpan(0, count)
        );
    }

    /// <summary>Computes the latents' magnitudes in steps; those of colours, given the symbols of a plain quantizer.</summary>
    /// <returns>How many latents to search, in whole groups and at least one: all later ones become zero.</returns>
    private int Scale(ReadOnlySpan<float> latents)
    {
        ReadOnlySpan<float> perStep = _dequantizer.Steps.PerStep(_context.Level);
        int significant = _shape.Predicted;
        _aim?.Begin(latents);
        for (int i = _shape.Predicted; i < _shape.Coded; i++)
        {
            float magnitude = _raw[i] = _magnitudes[i] = TrellisSearch.Magnitude(latents[i], perStep[i]);
            if (magnitude >= TrellisSearch.Insignificant)
                significant = i + 1;
            if (_aim is null)
                continue;
            _aim.Visit(i, magnitude >= TrellisSearch.Insignificant);
            if (_aim.DependsOnSymbols(i))
                magnitude = _magnitudes[i] = _aim.Aim(i);
            if (magnitude >= TrellisSearch.Insignificant)
                significant = i + 1;
            _aim.Set(i, TrellisSearch.Guess(magnitude), quantizer: 0);
        }

        return _shape.Count(BlockShape.GroupsOf(Math.Max(significant, 1)));
    }

    /// <summary>Computes the targets under the symbols of the last path.</summary>
    private void SetTargets(int count)
    {
        if (_aim is null)
            return;
        int last = _path.AsSpan(_shape.Predicted, count - _shape.Predicted).LastIndexOfAnyExcept((short)0),
            used = last < 0 ? _shape.Predicted : _shape.Count(BlockShape.GroupsOf(_shape.Predicted + last + 1)),
            state = 0;
        for (int i = _shape.Predicted; i < _shape.Coded; i++)
        {
            if (i >= used)
            {
                _aim.Leave(i);
                continue;
            }

            // The sign is that of the target that the search had.
            int magnitude = _path[i];
            _aim.Set(i, magnitude, _trellis.Quantizer(state));
            if (_aim.DependsOnSymbols(i))
                _aim.Aim(i);
            state = _trellis.Next(state, magnitude);
        }
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
