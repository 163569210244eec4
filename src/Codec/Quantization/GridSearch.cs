using Codec.Entropy;
using Codec.Models;

namespace Codec.Quantization;

/// <summary>
/// Chooses the symbols of a grid by rate and distortion together, block by block in the order of coding. One for each image; not
/// thread-safe.
/// </summary>
/// <remarks>
/// As <see cref="LatentEncoder"/> does, a block is searched on the contexts of a first guess, and again on those of its own result. Bits
/// are
/// those of the prior's probabilities, before they follow the image.
/// </remarks>
internal sealed class GridSearch
{
    /// <summary>Transforms that are tried: a second saves 0.7 % of the bytes, a fourth 0.2 %.</summary>
    private const int Candidates = 4;

    private readonly GridContext _context;
    private readonly Dequantizer _dequantizer;
    private readonly GridRates _rates;
    private readonly TrellisSearch _search;
    private readonly float _lambda;
    private readonly GridRule _rule;
    private readonly TransformChoice _choice;
    private readonly int _predicted;
    private readonly int _coded;
    private readonly bool _keepsScales;
    private readonly float[] _magnitudes;
    private readonly byte[] _scales;
    private readonly int[] _gathered;
    private readonly short[] _path;

    // Symbols of the predicted latents.
    private readonly short[] _means;

    /// <summary>Begins an image.</summary>
    /// <param name="prior">A prior with a grid.</param>
    /// <param name="quality">Index of its quality.</param>
    /// <param name="entry">Step and λ.</param>
    /// <param name="rates">The quality's rates, which images share.</param>
    /// <param name="columns">Blocks in a row.</param>
    /// <param name="keepScales">Whether <see cref="Scales"/> will be asked for.</param>
    public GridSearch(Prior prior, int quality, QualityEntry entry, GridRates rates, int columns, bool keepScales = false)
    {
        _keepsScales = keepScales;
        _context = new GridContext(prior, quality, columns);
        _dequantizer = new Dequantizer(prior, quality, entry);
        _rates = rates;
        _search = new TrellisSearch(prior, _dequantizer, rates.Magnitudes);
        _lambda = entry.Lambda;
        _rule = prior.Tables.Grid!;
        _predicted = _rule.Predicted;
        _coded = _dequantizer.Coded;
        _choice = new TransformChoice(_rule, _coded, entry.Step);
        _magnitudes = new float[_coded];
        _scales = new byte[_coded];
        _gathered = new int[_coded];
        _path = new short[_coded];
        _means = new short[_predicted];
    }

    /// <summary>The context that the extent of the block chosen last was in: for whoever counts what was met.</summary>
    public int ExtentContext { get; private set; }

    /// <summary>The context that the transform of the block chosen last was in.</summary>
    public int TransformContext { get; private set; }

    /// <summary>
    /// Scales that the magnitudes of the block chosen last have in the context of one another: [coded], as far as they were coded.
    /// </summary>
    public ReadOnlySpan<byte> Scales => _scales;

    /// <summary>Magnitudes of the block that was chosen last, as coded: [coded].</summary>
    public ReadOnlySpan<short> Magnitudes => _path;

    /// <summary>Goes to a block; blocks come row by row.</summary>
    public void Begin(int row, int column)
    {
        _context.Begin(row, column);
        (ExtentContext, TransformContext) = (_context.ExtentContext, _context.TransformContext);
    }

    /// <summary>What <see cref="GridContext.ExpectNegative"/> says of the block at hand.</summary>
    public bool ExpectNegative(int latent, out int certainty) => _context.ExpectNegative(latent, out certainty);

    /// <summary>Chooses the block's transform: of the few that promise most, the one that costs least.</summary>
    /// <param name="graph">The block's latents of all transforms, as the encoder's graph gives them.</param>
    /// <param name="latents">Those of the transform, [K]; overwritten.</param>
    /// <returns>The transform.</returns>
    public int ChooseTransform(ReadOnlySpan<float> graph, Span<float> latents)
    {
        Span<int> ranked = stackalloc int[Math.Min(Candidates, _rule.Transforms)];
        _choice.Rank(graph, latents, ranked);
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

    /// <summary>
    /// Estimates what the block would cost under a transform, in the contexts of a first guess: error²/Δ² + λ·bits, but for what all
    /// transforms have alike.
    /// </summary>
    /// <param name="transform">The transform that the latents are of.</param>
    /// <param name="latents">One for each latent.</param>
    private float Estimate(int transform, ReadOnlySpan<float> latents)
    {
        int count = Scale(latents);
        Guess(transform, latents, count);
        // Transforms are orthonormal: what lies behind the latents counted here is what those before it leave of a sum that all share.
        float counted = 0;
        for (int i = _predicted; i < count; i++)
            counted += _magnitudes[i] * _magnitudes[i];
        return _search.Cost - counted + _lambda * _rates.Transforms(TransformContext)[transform];
    }

    /// <summary>Chooses the symbols of the block, and ends it.</summary>
    /// <param name="transform">The transform that the latents are of.</param>
    /// <param name="latents">One for each latent; not-a-number counts as zero, and magnitudes are bounded.</param>
    /// <param name="symbols">As many; overwritten.</param>
    /// <returns>The block's extent.</returns>
    public int Choose(int transform, ReadOnlySpan<float> latents, Span<short> symbols)
    {
        symbols.Clear();
        int count = Scale(latents);
        Guess(transform, latents, count);
        _means.CopyTo(symbols);
        ReadScales(count, guess: false);
        int extent = Search(count);
        if (_keepsScales)
            ReadScales(count, guess: false);
        _path.AsSpan(count).Clear();
        for (int i = _predicted; i < count; i++)
            symbols[i] = latents[i] < 0 ? (short)-_path[i] : _path[i];

        // A group may have been kept for nothing: what is coded ends with the last symbol.
        int last = symbols[_predicted..].LastIndexOfAnyExcept((short)0) + _predicted;
        extent = last < _predicted ? 0 : Math.Min(extent, last / Prior.GroupSize + 1);
        for (int i = 0; i < Math.Max(_predicted, last + 1); i++)
        {
            if (_path[i] != 0)
                _context.Keep(i, _path[i]);
        }

        _context.End(extent, extent == 0 ? 0 : transform, symbols);
        return extent;
    }

    /// <summary>Chooses the predicted symbols, and a path in the contexts of a plain quantizer's.</summary>
    private void Guess(int transform, ReadOnlySpan<float> latents, int count)
    {
        _context.Gather(count, transform);
        for (int i = 0; i < _predicted; i++)
            _means[i] = ChoosePredicted(i, latents[i], count);
        _context.Accumulators[..count].CopyTo(_gathered);
        ReadScales(count, guess: true);
        Search(count);
    }

    private int Search(int count) =>
        _search.Run(_magnitudes.AsSpan(0, count), _scales, _lambda, _predicted, _rates.Extents(ExtentContext), _path.AsSpan(0, count));

    /// <summary>Magnitudes in steps; gives how many latents are worth a thought, in whole groups: all behind them are zero.</summary>
    private int Scale(ReadOnlySpan<float> latents)
    {
        float perStep = 1 / _dequantizer.Step;
        int last = _predicted - 1;
        for (int i = _predicted; i < _coded; i++)
        {
            float magnitude = Math.Abs(latents[i]) * perStep;
            magnitude = float.IsNaN(magnitude) ? 0 : Math.Min(magnitude, 2f * SymbolCoder.MaxMagnitude);
            _magnitudes[i] = magnitude;
            if (magnitude >= TrellisSearch.Insignificant)
                last = i;
        }

        return Math.Min((last / Prior.GroupSize + 1) * Prior.GroupSize, _coded);
    }

    /// <summary>The nearest point, or the one next to it on the side of the prediction, whichever costs less.</summary>
    private short ChoosePredicted(int latent, float value, int count)
    {
        float x = value / (2 * _dequantizer.Step);
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
        _path[latent] = (short)magnitude;
        _scales[latent] = (byte)scale;
        if (magnitude > 0)
            _context.Observe(latent, magnitude, count);
        return (short)chosen;

        float Cost(int symbol)
        {
            int away = Math.Abs(symbol - prediction);
            return 4 * (x - symbol) * (x - symbol) + _lambda * (_rates.Magnitudes.Bits(scale, away)[0] + _rates.Magnitudes.Excess(away));
        }
    }

    /// <summary>Reads each latent's scale in the context of the magnitudes before it: a plain quantizer's, or those of the path.</summary>
    private void ReadScales(int count, bool guess)
    {
        _gathered.AsSpan(0, count).CopyTo(_context.Accumulators);
        for (int i = _predicted; i < count; i++)
        {
            _scales[i] = (byte)_context.Scale(i);
            int magnitude = guess ? (int)(0.5f * _magnitudes[i] + 0.35f) : _path[i];
            if (magnitude != 0)
                _context.Observe(i, magnitude, count);
        }
    }
}
