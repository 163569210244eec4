namespace Codec.Trainer.LinearCodes;

/// <summary>A linear encoder and decoder: z = E·x + e, x̂ = Dᵀ·z + d.</summary>
/// <param name="EncoderWeights">E: [latents, samples], row-major.</param>
/// <param name="EncoderBias">e: [latents].</param>
/// <param name="DecoderWeights">D: [latents, samples], row-major: a row times its latent is added to the image.</param>
/// <param name="DecoderBias">d: [samples].</param>
internal sealed record LinearPair(float[] EncoderWeights, float[] EncoderBias, float[] DecoderWeights, float[] DecoderBias)
{
    /// <summary>K: the number of latents.</summary>
    public int Latents => EncoderBias.Length;

    /// <summary>The number of samples.</summary>
    public int Samples => DecoderBias.Length;
}
