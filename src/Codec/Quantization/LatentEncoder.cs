using Codec.Entropy;
using Codec.Models;

namespace Codec.Quantization;

/// <summary>
/// Encodes a fixed-size image's latents to a code at one quality, choosing symbols by rate and distortion. Holds scratch; not thread-safe.
/// </summary>
/// <remarks>
/// A symbol changes the scales of the latents after it, which a trellis search cannot track. So the search runs with the scales of a first
/// guess, then with those of that search's result. A code has a whole number of bytes, so a few values of λ are tried, and the code that
/// costs least by its true length is kept.
/// </remarks>
internal sealed class LatentEncoder
{
    /// <summary>Factors of λ that are tried; a wider range gains nothing.</summary>
    private static readonly float[] LambdaFactors = [1f, 0.8f, 0.9f, 1.1f, 1.25f];

    private readonly Prior _prior;
    private readonly int _quality;
    private readonly float _lambda;
    private readonly Dequantizer _dequantizer;
    private readonly TrellisSearch _search;
    private readonly float[] _magnitudes; // [coded]: |latent| / step
    private readonly byte[] _scales; // [coded]
    private readonly int[] _accumulators; // [coded]
    private readonly short[] _path; // [coded]: the magnitudes chosen
    private readonly short[] _symbols; // [K]

    /// <summary>Creates an encoder for one quality.</summary>
    public LatentEncoder(Prior prior, int quality, QualityEntry entry)
    {
        _prior = prior;
        _quality = quality;
        _lambda = entry.Lambda;
        _dequantizer = new Dequantizer(prior, quality, entry);
        _search = new TrellisSearch(prior, _dequantizer, new RateTable(prior, quality));
        int coded = prior.ShapeOf(quality).Coded;
        _magnitudes = new float[coded];
        _scales = new byte[coded];
        _accumulators = new int[coded];
        _path = new short[coded];
        _symbols = new short[prior.Tables.Latents];
    }

    /// <summary>Encodes one image's latents.</summary>
    /// <param name="latents">[K]; NaN counts as zero, and magnitudes are clamped.</param>
    /// <returns>The code, owned by the caller.</returns>
    public byte[] Encode(ReadOnlySpan<float> latents)
    {
        SearchByGuess(latents);
        byte[] best = [];
        float bestCost = float.PositiveInfinity;
        foreach (float factor in LambdaFactors)
        {
            _search.Run(_magnitudes, _scales, _lambda * factor, _path);
            byte[] code = SymbolCoder.Encode(_prior, _quality, Sign(latents));
            float cost = SquaredError() + _lambda * 8 * code.Length;
            if (cost < bestCost)
                (best, bestCost) = (code, cost);
            if (_lambda == 0)
                break;
        }

        return best;
    }

    /// <summary>Chooses one image's magnitudes by fractional bits rather than whole bytes; the trainer fits priors to them.</summary>
    /// <param name="latents">[K].</param>
    /// <returns>[coded], valid until the next call.</returns>
    public ReadOnlySpan<short> Search(ReadOnlySpan<float> latents)
    {
        SearchByGuess(latents);
        _search.Run(_magnitudes, _scales, _lambda, _path);
        return _path;
    }

    /// <summary>Searches with the scales of a guess, and reads the scales that result.</summary>
    private void SearchByGuess(ReadOnlySpan<float> latents)
    {
        float perStep = _dequantizer.Steps.PerStep(0)[0];
        for (int i = 0; i < _magnitudes.Length; i++)
            _magnitudes[i] = TrellisSearch.Magnitude(latents[i], perStep);
        ReadScales(guess: true);
        _search.Run(_magnitudes, _scales, _lambda, _path);
        ReadScales(guess: false);
    }

    /// <summary>Reads each latent's scale, given the magnitudes of a guess or of the last path.</summary>
    private void ReadScales(bool guess)
    {
        var context = new SymbolContext(_prior, _quality, _accumulators);
        for (int i = 0; i < _scales.Length; i++)
        {
            _scales[i] = (byte)context.Scale(i);
            int magnitude = guess ? TrellisSearch.Guess(_magnitudes[i]) : _path[i];
            if (magnitude != 0)
                context.Observe(i, magnitude);
        }
    }

    private short[] Sign(ReadOnlySpan<float> latents)
    {
        for (int i = 0; i < _path.Length; i++)
            _symbols[i] = TrellisSearch.Signed(_path[i], latents[i]);
        return _symbols;
    }

    private float SquaredError()
    {
        Trellis trellis = _prior.Tables.Trellis;
        float sum = 0;
        int state = 0;
        for (int i = 0; i < _path.Length; i++)
        {
            float error = _magnitudes[i] - _dequantizer.Point(trellis.Quantizer(state), _path[i]);
            sum += error * error;
            state = trellis.Next(state, _path[i]);
        }

        return sum;
    }
}
