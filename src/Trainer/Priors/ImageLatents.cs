namespace Codec.Trainer.Priors;

/// <summary>The latents of one training image: a grid of blocks, or one block for a fixed-size model.</summary>
/// <param name="Rows">Number of rows of blocks.</param>
/// <param name="Columns">Number of blocks in a row.</param>
/// <param name="Values">[rows, columns, K], in the unit of 8-bit samples.</param>
/// <param name="Transforms">[rows, columns]: the transform that each block's latents belong to.</param>
internal sealed record ImageLatents(int Rows, int Columns, ReadOnlyMemory<float> Values, byte[] Transforms)
{
    private static readonly byte[] OneTransform = [0];

    /// <summary>The number of blocks.</summary>
    public int Blocks => Rows * Columns;

    /// <summary>K: latents of a block.</summary>
    public int Latents => Values.Length / Blocks;

    /// <summary>The latents of one block.</summary>
    public ReadOnlySpan<float> this[int block] => Values.Span.Slice(block * Latents, Latents);

    /// <summary>Wraps the latents of a fixed-size model's image.</summary>
    public static ImageLatents OfBlock(ReadOnlyMemory<float> values) => new(1, 1, values, OneTransform);

    /// <summary>Returns the same latents in another order, and scaled.</summary>
    /// <param name="order">[K]: for each latent of the result, its index in this one.</param>
    /// <param name="scales">[K]: the factor of each latent of the result.</param>
    public ImageLatents InOrder(int[] order, float[] scales)
    {
        ReadOnlySpan<float> values = Values.Span;
        var ordered = new float[values.Length];
        for (int i = 0; i < ordered.Length; i++)
            ordered[i] = scales[i % order.Length] * values[i - i % order.Length + order[i % order.Length]];
        return this with { Values = ordered };
    }
}
