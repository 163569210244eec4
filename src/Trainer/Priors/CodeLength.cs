using Codec.Quantization;

namespace Codec.Trainer.Priors;

/// <summary>
/// The bits of magnitudes under a quality's rows, and how they change with the scale: between two scales they are taken to run straight.
/// </summary>
internal sealed class CodeLength
{
    private const int Magnitudes = byte.MaxValue + 1;
    private readonly float[] _bits;

    /// <summary>Tabulates a quality.</summary>
    public CodeLength(QualityDraft draft)
    {
        var rates = new RateTable(QualityDraft.ToPrior(draft.Coded, draft), quality: 0);
        _bits = new float[draft.Trellis.States * ScaleRows.Scales * Magnitudes];
        for (int i = 0; i < _bits.Length; i++)
        {
            int magnitude = i % Magnitudes,
                scale = i / Magnitudes % ScaleRows.Scales,
                state = i / Magnitudes / ScaleRows.Scales;
            _bits[i] = rates.Bits(scale, magnitude)[state] + rates.Excess(magnitude);
        }
    }

    /// <summary>Bits a scale.</summary>
    /// <param name="state">The state of the trellis.</param>
    /// <param name="magnitude">The magnitude.</param>
    /// <param name="scale">Where, not rounded; outside the scales it counts as at their end.</param>
    public float Slope(int state, int magnitude, float scale)
    {
        int below = (int)Math.Clamp(scale, 0, ScaleRows.Scales - 1.001f);
        int at = (state * ScaleRows.Scales + below) * Magnitudes + magnitude;
        return _bits[at + Magnitudes] - _bits[at];
    }
}
