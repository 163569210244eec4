namespace Codec.Trainer.Priors;

/// <summary>The latents of one training image: a grid of blocks, or for a fixed-size model one block.</summary>
/// <param name="Rows">Rows of blocks.</param>
/// <param name="Columns">Blocks in a row.</param>
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

    /// <summary>The latents of an image of a fixed-size model.</summary>
    public static ImageLatents OfBlock(ReadOnlyMemory<float> values) => new(1, 1, values, OneTransform);

    /// <summary>The same latents in another order.</summary>
    /// <param name="order">[K]: the index here of each latent there.</param>
    public ImageLatents InOrder(int[] order)
    {
        ReadOnlySpan<float> values = Values.Span;
        var ordered = new float[values.Length];
        for (int i = 0; i < ordered.Length; i++)
            ordered[i] = values[i - i % order.Length + order[i % order.Length]];
        return this with { Values = ordered };
    }
}
