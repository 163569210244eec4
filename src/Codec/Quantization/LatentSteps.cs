using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>The step of each latent of a grid's block at each level (docs/format.md, Steps). Immutable.</summary>
internal sealed class LatentSteps
{
    private readonly float[] _steps; // [levels, coded]
    private readonly float[] _perStep; // [levels, coded]: 1 / step
    private readonly float[] _units; // [coded]: of predictions; empty without colours

    /// <summary>Computes the steps of one quality.</summary>
    /// <param name="rule">The grid's rule; null for a fixed-size model.</param>
    /// <param name="coded">C: later latents have no step.</param>
    /// <param name="step">Δ of the quality.</param>
    public LatentSteps(GridRule? rule, int coded, float step)
    {
        Coded = coded;
        _steps = new float[(rule?.Steps?.Levels ?? 1) * coded];
        for (int i = 0; i < _steps.Length; i++)
            _steps[i] = rule?.Steps is { } steps ? steps.Step(step, i % coded, i / coded) : step;
        _perStep = [.. _steps.Select(value => 1 / value)];
        _units = rule?.Colours is { } colours
            ? [.. Enumerable.Range(0, coded).Select(i => Unit(rule.Steps!, step, colours.Luminance[i]))]
            : [];
    }

    /// <summary>C: the number of latents that have a step.</summary>
    public int Coded { get; }

    /// <summary>The steps of a block's coded latents.</summary>
    /// <param name="level">The block's level; 0 where there are no levels.</param>
    public ReadOnlySpan<float> At(int level) => _steps.AsSpan(level * Coded, Coded);

    /// <summary>
    /// The value of a unit of each latent's prediction (<see cref="ColourPrediction"/>), 0 for luminance; empty without colours.
    /// </summary>
    public ReadOnlySpan<float> Units => _units;

    /// <summary>Their reciprocals.</summary>
    /// <inheritdoc cref="At"/>
    public ReadOnlySpan<float> PerStep(int level) => _perStep.AsSpan(level * Coded, Coded);

    private static float Unit(StepRule steps, float step, int luminance) =>
        luminance == ColourRule.None ? 0 : steps.Step(step, luminance, steps.Neutral) / (1 << ColourPrediction.ValueBits);
}
