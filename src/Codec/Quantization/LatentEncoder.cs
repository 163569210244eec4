using Codec.Entropy;
using Codec.Models;

namespace Codec.Quantization;

/// <summary>
/// One quality's way from latents to a code: chooses symbols by rate and distortion together. Scratch inside; not thread-safe.
/// </summary>
/// <remarks>
/// A symbol moves the contexts of all behind it, which a trellis search cannot follow. So the search runs on the contexts of a first
/// guess, and again on those of its own result. A code has whole bytes: a few neighbouring λ are tried, and what counts is the
/// code's true length.
/// </remarks>
internal sealed class LatentEncoder
{
    /// <summary>Factors on λ that are tried; wider ones no longer gain.</summary>
    private static readonly float[] LambdaFactors = [1f, 0.8f, 0.9f, 1.1f, 1.25f];

    private readonly Prior _prior;
    private readonly int _quality;
    private readonly float _lambda;
    private readonly Dequantizer _dequantizer;
    private readonly TrellisSearch _search;
    private readonly float[] _magnitudes;
    private readonly byte[] _scales;
    private readonly int[] _accumulators;
    private readonly short[] _path;
    private readonly short[] _symbols;

    public LatentEncoder(Prior prior, int quality, QualityEntry entry)
    {
        _prior = prior;
        _quality = quality;
        _lambda = entry.Lambda;
        _dequantizer = new Dequantizer(prior, quality, entry);
        _search = new TrellisSearch(prior, _dequantizer, new RateTable(prior, quality));
        _magnitudes = new float[_dequantizer.Coded];
        _scales = new byte[_dequantizer.Coded];
        _accumulators = new int[_dequantizer.Coded];
        _path = new short[_dequantizer.Coded];
        _symbols = new short[prior.Tables.Latents];
    }

    /// <summary>Encodes one image's latents.</summary>
    /// <param name="latents">One for each latent; not-a-number counts as zero, and magnitudes are bounded.</param>
    /// <returns>The code, owned by the caller.</returns>
    public byte[] Encode(ReadOnlySpan<float> latents)
    {
        ReadContexts(latents);
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

    /// <summary>Chooses one image's magnitudes without regard to whole bytes: what a prior is fitted to.</summary>
    /// <param name="latents">One for each latent.</param>
    /// <returns>[coded], valid until the next call.</returns>
    public ReadOnlySpan<short> Search(ReadOnlySpan<float> latents)
    {
        ReadContexts(latents);
        _search.Run(_magnitudes, _scales, _lambda, _path);
        return _path;
    }

    private void ReadContexts(ReadOnlySpan<float> latents)
    {
        Scale(latents);
        ReadScales(guess: true);
        _search.Run(_magnitudes, _scales, _lambda, _path);
        ReadScales(guess: false);
    }

    private void Scale(ReadOnlySpan<float> latents)
    {
        float perStep = 1 / _dequantizer.Step;
        for (int i = 0; i < _magnitudes.Length; i++)
        {
            float magnitude = Math.Abs(latents[i]) * perStep;
            _magnitudes[i] = float.IsNaN(magnitude) ? 0 : Math.Min(magnitude, 2f * SymbolCoder.MaxMagnitude);
        }
    }

    /// <summary>Reads each latent's scale in the context of the magnitudes before it: a plain quantizer's, or those of the path.</summary>
    private void ReadScales(bool guess)
    {
        var context = new ContextState(_prior, _quality, _accumulators);
        for (int i = 0; i < _scales.Length; i++)
        {
            _scales[i] = (byte)context.Scale(i);
            int magnitude = guess ? (int)(0.5f * _magnitudes[i] + 0.35f) : _path[i];
            if (magnitude != 0)
                context.Observe(i, magnitude);
        }
    }

    private short[] Sign(ReadOnlySpan<float> latents)
    {
        for (int i = 0; i < _path.Length; i++)
            _symbols[i] = latents[i] < 0 ? (short)-_path[i] : _path[i];
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
