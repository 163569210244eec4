using System.Runtime.Intrinsics;
using Codec.Entropy;
using Codec.Models;

namespace Codec.Quantization;

/// <summary>
/// Encodes a fixed-size image's latents to a code at one quality, choosing symbols by rate and distortion. Holds scratch; not thread-safe.
/// </summary>
/// <remarks>
/// A symbol changes the scales of the symbols after it, which a trellis search cannot track. So the search runs with the scales of a first
/// guess, then again with those of the best path so far; and it counts to first order what each symbol adds to the bits of those after it.
/// A code has a whole number of bytes, so a few values of λ are tried, and the code that costs least by its true length is kept.
/// </remarks>
internal sealed class LatentEncoder
{
    /// <summary>Factors of λ that are tried; a wider range gains nothing.</summary>
    private static readonly float[] LambdaFactors = [1f, 0.85f, 1.15f, 0.9f, 1.1f];

    /// <summary>
    /// The part of its effect on the symbols after it that is charged to a symbol: they can adapt to it, so the whole would be too much.
    /// </summary>
    private const float EffectWeight = 0.7f;

    /// <summary>How often the factors are tried, each time around the best path so far; a third time gains a tenth of the second.</summary>
    private const int Rounds = 2;

    /// <summary>The factors that the first round tries; the second tries all.</summary>
    private const int FirstFactors = 3;

    private readonly Prior _prior;
    private readonly int _quality;
    private readonly float _lambda;
    private readonly Dequantizer _dequantizer;
    private readonly RateTable _rates;
    private readonly TrellisSearch _search;
    private readonly float[] _magnitudes; // [coded]: |latent| / step
    private readonly byte[] _scales; // [coded]
    private readonly int[] _accumulators; // [coded]
    private readonly float[] _slopes; // [coded]
    private readonly short[] _path; // [coded]: the magnitudes chosen
    private readonly short[] _best; // [coded]: those of the best code
    private readonly short[] _symbols; // [K]

    /// <summary>Creates an encoder for one quality.</summary>
    public LatentEncoder(Prior prior, int quality, QualityEntry entry)
    {
        _prior = prior;
        _quality = quality;
        _lambda = entry.Lambda;
        _dequantizer = new Dequantizer(prior, quality, entry);
        _rates = new RateTable(prior, quality);
        _search = new TrellisSearch(prior, _dequantizer, _rates);
        int coded = prior.ShapeOf(quality).Coded;
        _magnitudes = new float[coded];
        _scales = new byte[coded];
        _accumulators = new int[coded];
        _slopes = new float[coded];
        _path = new short[coded];
        _best = new short[coded];
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
        for (int round = 0; round < Rounds; round++)
        {
            if (round > 0)
            {
                _best.CopyTo(_path, 0);
                ReadScales(guess: false);
            }

            ReadEffects();
            foreach (float factor in LambdaFactors.AsSpan(0, round == 0 ? FirstFactors : LambdaFactors.Length))
            {
                _search.Run(_magnitudes, _scales, _lambda * factor, _path);
                if (best.Length > 0 && _path.AsSpan().SequenceEqual(_best))
                    continue;
                byte[] code = SymbolCoder.Encode(_prior, _quality, Sign(latents));
                float cost = SquaredError() + _lambda * 8 * code.Length;
                if (cost < bestCost)
                {
                    (best, bestCost) = (code, cost);
                    _path.CopyTo(_best, 0);
                }

                if (_lambda == 0)
                    return best;
            }
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
        Array.Clear(_search.Effects);
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

    /// <summary>
    /// Computes what the activations of significant latents add to the bits of the last path after them, to first order, at its scales.
    /// </summary>
    private void ReadEffects()
    {
        Trellis trellis = _prior.Tables.Trellis;
        int state = 0;
        for (int i = 0; i < _path.Length; i++)
        {
            int lower = Math.Max(_scales[i] - 1, 0),
                upper = Math.Min(_scales[i] + 1, _prior.Tables.Scales - 1);
            float rise = _rates.Bits(upper, _path[i])[state] - _rates.Bits(lower, _path[i])[state];
            _slopes[i] = rise * EffectWeight / (Math.Max(upper - lower, 1) << _prior.Tables.Shift);
            state = trellis.Next(state, _path[i]);
        }

        for (int i = 0; i < _path.Length; i++)
        {
            bool significant = _magnitudes[i] >= TrellisSearch.Insignificant;
            _search.Effects[i] = significant ? Effect(_prior.WeightsAfter(_quality, i), _slopes.AsSpan(i + 1)) : 0;
        }
    }

    private static float Effect(ReadOnlySpan<sbyte> weights, ReadOnlySpan<float> slopes)
    {
        Vector256<float> sums = default;
        int i = 0;
        for (; i <= weights.Length - Vector128<sbyte>.Count; i += Vector128<sbyte>.Count)
        {
            (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Create(weights[i..]));
            sums += Single(low) * Vector256.Create(slopes[i..]);
            sums += Single(high) * Vector256.Create(slopes[(i + Vector256<float>.Count)..]);
        }

        float sum = Vector256.Sum(sums);
        for (; i < weights.Length; i++)
            sum += weights[i] * slopes[i];
        return sum;

        static Vector256<float> Single(Vector128<short> values)
        {
            (Vector128<int> low, Vector128<int> high) = Vector128.Widen(values);
            return Vector256.ConvertToSingle(Vector256.Create(low, high));
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
