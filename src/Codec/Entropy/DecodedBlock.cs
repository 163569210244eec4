namespace Codec.Entropy;

/// <summary>Receives a decoded block.</summary>
/// <param name="block">The block; valid for the call only.</param>
internal delegate void BlockSink(in DecodedBlock block);

/// <summary>One block of a grid, decoded to symbols. Its spans are valid only during the call that passes it.</summary>
internal readonly ref struct DecodedBlock
{
    /// <summary>The block's row, from 0.</summary>
    public required int Row { get; init; }

    /// <summary>The block's column, from 0.</summary>
    public required int Column { get; init; }

    /// <summary>The block's transform: the index that the code signals.</summary>
    public required int Transform { get; init; }

    /// <summary>The level of the block's steps; 0 where the rule has no levels.</summary>
    public required int Level { get; init; }

    /// <summary>The symbols of the coded latents; all later latents are zero.</summary>
    public required ReadOnlySpan<short> Symbols { get; init; }

    /// <summary>
    /// Indices of the latents whose coded magnitude is not zero, ascending. Every other latent is zero, or, if it is predicted, equal to
    /// its prediction.
    /// </summary>
    public required ReadOnlySpan<short> NonZero { get; init; }

    /// <summary>The quantizer of each of <see cref="NonZero"/>.</summary>
    public required ReadOnlySpan<byte> Quantizers { get; init; }
}
