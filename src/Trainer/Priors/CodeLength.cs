using Codec.Quantization;

namespace Codec.Trainer.Priors;

/// <summary>
/// The bits of magnitudes under a quality's rows as a function of a real scale: linear between two whole scales, so that it has a
/// derivative.
/// </summary>
internal sealed class CodeLength
{
    private const int Magnitudes = byte.MaxValue + 1;
    private readonly float[] _bits; // [states, scales, magnitudes]

    /// <summary>Tabulates a quality.</summary>
    public CodeLength(QualityDraft draft)
    {
        var rates = new RateTable(QualityDraft.ToPrior(draft), quality: 0);
        _bits = new float[draft.Trellis.States * ScaleRows.Scales * Magnitudes];
        for (int i = 0; i < _bits.Length; i++)
        {
            int magnitude = i % Magnitudes,
                scale = i / Magnitudes % ScaleRows.Scales,
                state = i / Magnitudes / ScaleRows.Scales;
            _bits[i] = rates.Bits(scale, magnitude)[state] + rates.Excess(magnitude);
        }
    }

    /// <summary>Computes the derivative of a magnitude's bits with respect to the scale.</summary>
    /// <param name="state">The state of the trellis.</param>
    /// <param name="magnitude">The magnitude.</param>
    /// <param name="scale">The scale, not rounded; clamped to the first and last.</param>
    public float Slope(int state, int magnitude, float scale)
    {
        int below = (int)Math.Clamp(scale, 0, ScaleRows.Scales - 1.001f);
        int at = (state * ScaleRows.Scales + below) * Magnitudes + magnitude;
        return _bits[at + Magnitudes] - _bits[at];
    }
}
