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

    /// <summary>The symbols of the coded latents; all later latents have none.</summary>
    public required ReadOnlySpan<short> Symbols { get; init; }

    /// <summary>The latents that can differ from zero, ascending: the predicted ones first.</summary>
    public required ReadOnlySpan<CodedLatent> Latents { get; init; }
}

/// <summary>What the value of a latent follows from.</summary>
/// <param name="Latent">Its index in the block.</param>
/// <param name="Symbol">Its symbol.</param>
/// <param name="Quantizer">The quantizer of the symbol, if it is not zero and not coded as a difference.</param>
/// <param name="Prediction">
/// What the block's other colours predict of it, in the unit of <see cref="ColourPrediction"/>; 0 for a latent that is coded as a
/// difference.
/// </param>
internal readonly record struct CodedLatent(short Latent, short Symbol, byte Quantizer, int Prediction);
