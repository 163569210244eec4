namespace Codec.Entropy;

/// <summary>Takes a decoded block.</summary>
/// <param name="block">The block; valid for the call only.</param>
internal delegate void BlockSink(in DecodedBlock block);

/// <summary>What a code says of one block of a grid.</summary>
internal readonly ref struct DecodedBlock
{
    /// <summary>The block's row.</summary>
    public required int Row { get; init; }

    /// <summary>Its column.</summary>
    public required int Column { get; init; }

    /// <summary>The transform that its latents belong to.</summary>
    public required int Transform { get; init; }

    /// <summary>The symbols of the coded latents; all later latents are zero.</summary>
    public required ReadOnlySpan<short> Symbols { get; init; }

    /// <summary>
    /// The latents whose magnitude, as coded, is not zero, rising. Any other latent is zero, except a predicted one, which is its
    /// prediction.
    /// </summary>
    public required ReadOnlySpan<short> NonZero { get; init; }

    /// <summary>The quantizer of each of <see cref="NonZero"/>.</summary>
    public required ReadOnlySpan<byte> Quantizers { get; init; }
}
