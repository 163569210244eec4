using Codec.Errors;
using Codec.Models;

namespace Codec.Entropy;

/// <summary>
/// The integer tables that drive the entropy coder, and the context rule over them (docs/format.md, Prior). Each latent has an accumulator:
/// its bias, plus weight × activation of every non-zero symbol before it. The accumulator, shifted and clamped, is the latent's scale. The
/// row of the scale and of the trellis's state holds the probabilities that a magnitude is larger than 0, 1, 2, …
/// </summary>
/// <remarks>Integers only, computed from decoded symbols, so they are the same on every machine. Immutable, hence thread-safe.</remarks>
internal sealed partial class Prior
{
    /// <summary>Largest number of scales.</summary>
    public const int MaxScales = 256;

    /// <summary>Largest number of decisions in a scale's row.</summary>
    public const int MaxDecisions = 64;

    /// <summary>Largest number of activations, and of a quantizer's centroids.</summary>
    public const int MaxLevels = 64;

    /// <summary>
    /// The largest absolute bias: within it, an accumulator over <see cref="ModelLimits.MaxLatents"/> latents stays in 32 bits.
    /// </summary>
    public const int MaxBias = 1 << 28;

    private readonly Lazy<GridWeights>[] _gridWeights;
    private readonly Lazy<GridPredictors> _predictors;
    private readonly Lazy<ColourTables> _colours;

    /// <summary>Creates a prior from tables, after checking them.</summary>
    /// <exception cref="InvalidModelException">A size or value is outside its range.</exception>
    public Prior(PriorTables tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        Validate(tables);
        Tables = tables;
        _gridWeights = [.. tables.Qualities.Select(quality => new Lazy<GridWeights>(() => new GridWeights(quality)))];
        _predictors = new Lazy<GridPredictors>(() => new GridPredictors(tables.Grid!));
        _colours = new Lazy<ColourTables>(() => new ColourTables(tables.Grid!));
    }

    /// <summary>The tables.</summary>
    public PriorTables Tables { get; }

    /// <summary>Which latents of a quality's blocks are coded; the image of a fixed-size model is one block.</summary>
    internal BlockShape ShapeOf(int quality) => new(Tables.Grid?.Predicted ?? 0, Tables.Qualities[quality].Coded);

    /// <summary>The weights within a block of a grid, laid out for <see cref="GridContext"/>.</summary>
    internal GridWeights WeightsOfGrid(int quality) => _gridWeights[quality].Value;

    /// <summary>A grid's predictors, laid out for <see cref="GridContext"/>.</summary>
    internal GridPredictors Predictors => _predictors.Value;

    /// <summary>What the prediction of colours needs; only where the grid has <see cref="GridRule.Colours"/>.</summary>
    internal ColourTables Colours => _colours.Value;

    /// <summary>
    /// The weights of latent <paramref name="j"/> on the coded latents after it: element 0 is the weight on j + 1. Empty if the quality has
    /// no weights.
    /// </summary>
    internal ReadOnlySpan<sbyte> WeightsAfter(int quality, int j) =>
        WeightsAfter(Tables.Qualities[quality].Weights, Tables.Qualities[quality].Coded, j);

    /// <summary>The weights of latent <paramref name="j"/> in a triangle of weights.</summary>
    internal static ReadOnlySpan<sbyte> WeightsAfter(sbyte[] weights, int coded, int j) =>
        weights.Length == 0 ? [] : weights.AsSpan(j * coded - j * (j + 1) / 2, coded - 1 - j);

    /// <summary>The scale of an accumulator.</summary>
    internal int ScaleOf(int accumulator) => Math.Clamp(accumulator >> Tables.Shift, 0, Tables.Scales - 1);

    /// <summary>
    /// The row of a state and scale: element m is the probability, in 65536ths, that a magnitude that has reached m is larger than m.
    /// </summary>
    internal ReadOnlySpan<ushort> Row(PriorQuality quality, int state, int scale) =>
        quality.Continue.AsSpan((state * Tables.Scales + scale) * Tables.Decisions, Tables.Decisions);

    private static void Validate(PriorTables tables)
    {
        Require(
            tables.Latents is >= 1 and <= ModelLimits.MaxLatents,
            $"{tables.Latents} latents; 1 to {ModelLimits.MaxLatents} are allowed"
        );
        Require(tables.Scales is >= 1 and <= MaxScales, $"{tables.Scales} scales; 1 to {MaxScales} are allowed");
        Require(tables.Decisions is >= 1 and <= MaxDecisions, $"{tables.Decisions} decisions a scale; 1 to {MaxDecisions} are allowed");
        Require(tables.Shift is >= 0 and <= 24, $"a shift of {tables.Shift}; 0 to 24 are allowed");
        Require(
            tables.Activations.Length is >= 1 and <= MaxLevels,
            $"{tables.Activations.Length} activations; 1 to {MaxLevels} are allowed"
        );
        Require(
            tables.Qualities.Length is >= 1 and <= ModelLimits.MaxQualities,
            $"{tables.Qualities.Length} qualities; 1 to {ModelLimits.MaxQualities} are allowed"
        );
        if (tables.Grid is { } rule)
            Validate(tables, rule);
        foreach (PriorQuality quality in tables.Qualities)
            Validate(tables, quality);
    }

    private static void Validate(PriorTables tables, PriorQuality quality)
    {
        Require(quality.Coded >= 1 && quality.Coded <= tables.Latents, $"{quality.Coded} latents coded; 1 to {tables.Latents} are allowed");
        Require(quality.Biases.Length == quality.Coded, $"{quality.Biases.Length} biases for {quality.Coded} coded latents");
        Require(quality.Biases.All(bias => bias is >= -MaxBias and <= MaxBias), $"a bias is outside ±{MaxBias}");
        int weights = quality.Coded * (quality.Coded - 1) / 2;
        Require(
            quality.Weights.Length == 0 || quality.Weights.Length == weights,
            $"{quality.Weights.Length} weights; {quality.Coded} coded latents have none or {weights}"
        );
        int decisions = tables.Trellis.States * tables.Scales * tables.Decisions;
        Require(
            quality.Continue.Length == decisions,
            $"{quality.Continue.Length} probabilities; states × scales × decisions is {decisions}"
        );
        Require(!quality.Continue.Contains((ushort)0), "a probability is 0; 1 to 65535 are allowed");
        int levels = quality.Centroids.Length / tables.Trellis.Quantizers;
        Require(
            levels is >= 1 and <= MaxLevels && levels * tables.Trellis.Quantizers == quality.Centroids.Length,
            $"{quality.Centroids.Length} centroids; each of the {tables.Trellis.Quantizers} quantizers has the same number, 1 to {MaxLevels}"
        );
        Require(quality.Grid is null == tables.Grid is null, "either the prior and all its qualities have tables of a grid, or none has");
        if (quality.Grid is { } grid)
            Validate(tables.Grid!, quality, grid);
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InvalidModelException("prior", message + ".");
    }
}

/// <summary>The tables of a prior. From its construction the prior owns the arrays; they must not be changed.</summary>
/// <param name="Latents">K: 1 to <see cref="ModelLimits.MaxLatents"/>.</param>
/// <param name="Trellis">Selects each latent's quantizer.</param>
/// <param name="Scales">Rows of <see cref="PriorQuality.Continue"/> for each state.</param>
/// <param name="Decisions">
/// The length of a row of <see cref="PriorQuality.Continue"/>; magnitudes of this or more are completed by an escape.
/// </param>
/// <param name="Shift">An accumulator, arithmetically shifted right by this and clamped, is the scale.</param>
/// <param name="Activations">
/// The activation of magnitude 1, 2, …; the last entry also counts for all larger magnitudes. A symbol adds weight × activation.
/// </param>
/// <param name="Qualities">One for each quality of the manifest.</param>
/// <param name="Grid">For a grid model; null for a fixed-size model.</param>
internal sealed record PriorTables(
    int Latents,
    Trellis Trellis,
    int Scales,
    int Decisions,
    int Shift,
    byte[] Activations,
    PriorQuality[] Qualities,
    GridRule? Grid = null
);

/// <summary>The tables of one quality of a prior.</summary>
/// <param name="Coded">C: the first C latents are coded; the others are zero.</param>
/// <param name="Biases">[coded]: the initial value of each accumulator.</param>
/// <param name="Weights">Empty, or C·(C−1)/2 weights: of latent 0 on 1, 2, …, C−1; of latent 1 on 2, …, C−1; and so on.</param>
/// <param name="Continue">
/// [states, scales, decisions]: the probability, in 65536ths, that a magnitude that has reached m is larger than m.
/// </param>
/// <param name="Centroids">
/// [quantizers, levels]: the offset that dequantization adds to the point of magnitude 1, 2, …, in 256ths of a step; a quantizer's last
/// entry also counts for all larger magnitudes.
/// </param>
/// <param name="Grid">Further tables of a grid model's quality; null if the prior has no <see cref="PriorTables.Grid"/>.</param>
internal sealed record PriorQuality(
    int Coded,
    int[] Biases,
    sbyte[] Weights,
    ushort[] Continue,
    sbyte[] Centroids,
    GridTables? Grid = null
);
