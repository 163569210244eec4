using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>
/// What a search of a block's symbols aims at where colours are predicted: each latent less what the symbols before it predict of it. A
/// search sets the symbols of its best path as it goes. One instance for each image; not thread-safe.
/// </summary>
/// <param name="context">The image's context, at the current block.</param>
/// <param name="colours">Its colours.</param>
/// <param name="tables">The prior's tables of colours.</param>
/// <param name="steps">The quality's steps.</param>
internal sealed class ColourAim(GridContext context, ColourPrediction colours, ColourTables tables, LatentSteps steps)
{
    private readonly float[] _latents = new float[steps.Coded];
    private readonly float[] _targets = new float[steps.Coded];
    private readonly int[] _values = new int[steps.Coded];

    /// <summary>[coded]: whether the latent can have a value, by a symbol or by a prediction. Most have neither.</summary>
    private readonly bool[] _live = new bool[steps.Coded];

    /// <summary>[coded]: the targets.</summary>
    public ReadOnlySpan<float> Targets => _targets;

    /// <summary>Begins with the latents of a transform: each is its own target.</summary>
    public void Begin(ReadOnlySpan<float> latents)
    {
        latents[.._latents.Length].CopyTo(_latents);
        latents[.._latents.Length].CopyTo(_targets);
        Array.Clear(_values);
        Array.Clear(_live);
    }

    /// <summary>Whether a latent's target depends on symbols before it. Call <see cref="Visit"/> for those first.</summary>
    public bool DependsOnSymbols(int latent)
    {
        ref readonly ColourLatent colour = ref tables.Latents[latent];
        return colour.IsColour
            && colours.Predicts(colour.Band)
            && (_live[colour.Luminance] || (colour.First != ColourLatent.None && _live[colour.First]));
    }

    /// <summary>Finds whether a latent can have a value. Call it in ascending order of latents.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="canHaveSymbol">Whether its own magnitude allows for one.</param>
    public void Visit(int latent, bool canHaveSymbol) => _live[latent] = canHaveSymbol || DependsOnSymbols(latent);

    /// <summary>Computes a latent's target from the symbols before it.</summary>
    /// <returns>Its magnitude in steps.</returns>
    public float Aim(int latent)
    {
        int prediction = colours.Predict(latent, _values);
        float value = _latents[latent],
            target = _targets[latent] = prediction == 0 ? value : value - prediction * steps.Units[latent];
        return TrellisSearch.Magnitude(target, steps.PerStep(context.Level)[latent]);
    }

    /// <summary>Aims at a latent itself: it is not coded, and nothing is predicted of it.</summary>
    public void Leave(int latent) => _targets[latent] = _latents[latent];

    /// <summary>Sets the symbol of a latent, whose sign is that of its target.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="magnitude">The symbol's magnitude.</param>
    /// <param name="quantizer">The quantizer of its state.</param>
    public void Set(int latent, int magnitude, int quantizer)
    {
        if (!_live[latent])
            return;
        int prediction = colours.Predict(latent, _values);
        if (magnitude == 0)
        {
            _values[latent] = prediction;
            return;
        }

        int point = 2 * magnitude - quantizer;
        _values[latent] = ColourPrediction.Add(colours.Value(latent, _targets[latent] < 0 ? -point : point, context.Level), prediction);
    }
}
