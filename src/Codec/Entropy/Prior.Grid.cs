using System.Runtime.InteropServices;
using Codec.Binary;
using Codec.Models;

namespace Codec.Entropy;

internal sealed partial class Prior
{
    /// <summary>The neighbours that a block's contexts and predictions depend on: left, above, above left, above right.</summary>
    public const int Neighbours = 4;

    /// <summary>Fraction bits of <see cref="GridRule.Predictors"/>.</summary>
    public const int PredictorBits = 10;

    /// <summary>Number of contexts of a sign's probability: levels of certainty of its prediction.</summary>
    public const int Certainties = 8;

    /// <summary>The certainty of a prediction below 2^this, in 1024ths, is 0; each doubling of the prediction adds 1.</summary>
    internal const int CertaintyShift = 6;

    /// <summary>Largest <see cref="GridRule.Adaptation"/>: a larger shift would hardly move a 16-bit probability.</summary>
    public const int MaxAdaptation = 12;

    /// <summary>Number of decisions that code a number in a binary tree: the binary digits of the largest number.</summary>
    internal static int TreeBits(int largest) => 32 - int.LeadingZeroCount(largest);

    /// <summary>The length of <see cref="GridTables.Transforms"/>: [transforms² contexts, 2^bits nodes].</summary>
    public static int TransformCount(int transforms) => transforms * transforms << TreeBits(transforms - 1);

    /// <summary>The length of <see cref="GridTables.Extents"/>: [groups + 1 contexts, 2^bits nodes].</summary>
    public static int ExtentCount(int coded) => (BlockShape.GroupsOf(coded) + 1) << TreeBits(BlockShape.GroupsOf(coded));

    private static void Validate(PriorTables tables, GridRule rule)
    {
        int least = tables.Qualities.Min(quality => quality.Coded);
        Require(
            rule.Predicted >= 0 && rule.Predicted <= Math.Min(least, byte.MaxValue),
            $"{rule.Predicted} latents predicted; 0 to {Math.Min(least, byte.MaxValue)} are allowed"
        );
        Require(
            rule.Reach >= rule.Predicted && rule.Reach <= Math.Min(least, byte.MaxValue),
            $"predictions from {rule.Reach} latents; {rule.Predicted} to {Math.Min(least, byte.MaxValue)} are allowed"
        );
        int predictors = rule.Reach * Neighbours * rule.Reach;
        Require(rule.Predictors.Length == predictors, $"{rule.Predictors.Length} predictors; a reach of {rule.Reach} has {predictors}");
        Require(
            rule.Transforms is >= 1 and <= ModelLimits.MaxTransforms,
            $"{rule.Transforms} transforms; 1 to {ModelLimits.MaxTransforms} are allowed"
        );
        Require(
            rule.Order.Length == rule.Transforms * tables.Latents,
            $"an order of {rule.Order.Length}; {rule.Transforms} transforms of {tables.Latents} latents have one of {rule.Transforms * tables.Latents}"
        );
        Require(
            rule.Order.Order().Select((latent, place) => latent == place).All(isAt => isAt),
            "the order names a latent of the graph twice"
        );
        if (rule.Steps is { } steps)
            Validate(steps, tables.Latents);
        if (rule.Colours is { } colours)
            Validate(colours, rule, tables.Latents);
        Require(rule.Adaptation is >= 0 and <= MaxAdaptation, $"an adaptation of {rule.Adaptation}; 0 to {MaxAdaptation} are allowed");
    }

    private static void Validate(StepRule steps, int latents)
    {
        Require(
            steps.Factors.Length == latents && steps.Masks.Length == latents && steps.Energies.Length == latents,
            $"{steps.Factors.Length} factors of steps, {steps.Masks.Length} masks, {steps.Energies.Length} energies; {latents} latents have as many of each"
        );
        Require(!steps.Factors.Contains((ushort)0), $"the factor of a step is 0; 1 to {ushort.MaxValue} are allowed");
        Require(steps.Masks.All(mask => mask <= StepRule.MaxMask), $"a mask is above {StepRule.MaxMask}");
        Require(steps.Levels is >= 1 and <= StepRule.MaxLevels, $"{steps.Levels} levels; 1 to {StepRule.MaxLevels} are allowed");
        Require(
            steps.Neutral >= 0 && steps.Neutral < steps.Levels,
            $"level {steps.Neutral} is neutral; 0 to {steps.Levels - 1} are allowed"
        );
    }

    private static void Validate(ColourRule colours, GridRule rule, int latents)
    {
        Require(rule.Steps is not null, "colours are predicted, but steps do not differ between latents");
        Require(
            colours.Luminance.Length == latents && colours.First.Length == latents,
            $"{colours.Luminance.Length} and {colours.First.Length} latents have an entry for their colour; {latents} are needed"
        );
        Require(
            colours.Bounds.Length == ColourRule.Bands - 1 && colours.Bounds.Order().SequenceEqual(colours.Bounds),
            $"the bands of frequency have the bounds {string.Join(", ", colours.Bounds)}; {ColourRule.Bands - 1} rising ones are needed"
        );
        for (int i = 0; i < latents; i++)
        {
            (int luminance, int first) = (colours.Luminance[i], colours.First[i]);
            if (luminance == ColourRule.None)
            {
                Require(first == ColourRule.None, $"latent {i} is of luminance, but predicted from a colour");
                continue;
            }

            Require(
                IsBefore(luminance, i) && colours.Luminance[luminance] == ColourRule.None,
                $"latent {i} is predicted from latent {luminance}, which is not an earlier one of luminance of the same kind"
            );
            if (first != ColourRule.None)
            {
                Require(
                    IsBefore(first, i) && colours.Luminance[first] == luminance && colours.First[first] == ColourRule.None,
                    $"latent {i} is predicted from latent {first}, which is not an earlier one of the first colour of the same kind"
                );
            }
        }

        // A latent that is coded as a difference from the neighbours is predicted from others that are, and the others from the others.
        bool IsBefore(int acting, int affected) => acting < affected && acting < rule.Predicted == affected < rule.Predicted;
    }

    private static void Validate(StepRule rule, PriorQuality quality, StepTables? steps)
    {
        Require(steps is not null, "a quality lacks the constants of its levels");
        Require(steps!.Floor >= 1, $"the floor of energies is {steps.Floor}; 1 to {int.MaxValue} are allowed");
        Require(
            steps.Offsets.Length == rule.Levels * quality.Coded,
            $"{steps.Offsets.Length} offsets by level; {rule.Levels} levels of {quality.Coded} coded latents have {rule.Levels * quality.Coded}"
        );
    }

    private static void Validate(GridRule rule, PriorQuality quality, GridTables grid)
    {
        if (rule.Steps is { } steps)
            Validate(steps, quality, grid.Steps);
        else
            Require(grid.Steps is null, "a quality has constants of levels, but the rule has none");
        Require(
            grid.Neighbours.Length == Neighbours * quality.Coded,
            $"{grid.Neighbours.Length} weights of neighbours; {quality.Coded} coded latents have {Neighbours * quality.Coded}"
        );
        int spread = quality.Weights.Length == 0 && quality.Coded > 1 ? 0 : quality.Coded * quality.Coded;
        Require(
            grid.Spread.Length == spread || (quality.Coded == 1 && grid.Spread.Length == 0),
            $"{grid.Spread.Length} weights across blocks; these {quality.Coded} coded latents have {spread}"
        );
        Require(
            grid.Extents.Length == ExtentCount(quality.Coded),
            $"{grid.Extents.Length} probabilities of extents; {quality.Coded} coded latents have {ExtentCount(quality.Coded)}"
        );
        Require(!grid.Extents.Contains((ushort)0), "a probability of an extent is 0; 1 to 65535 are allowed");
        Require(rule.Predicted <= quality.Coded, $"{rule.Predicted} latents predicted, {quality.Coded} coded");
        Require(
            grid.Transforms.Length == TransformCount(rule.Transforms),
            $"{grid.Transforms.Length} probabilities of transforms; {rule.Transforms} transforms have {TransformCount(rule.Transforms)}"
        );
        Require(!grid.Transforms.Contains((ushort)0), "a probability of a transform is 0; 1 to 65535 are allowed");
        int divided = rule.Transforms > 1 ? quality.Weights.Length : 0;
        Require(
            grid.Divided.Length == divided,
            $"{grid.Divided.Length} weights of divided blocks; {rule.Transforms} transforms of {quality.Coded} coded latents have {divided}"
        );
        int signs = (rule.Reach - rule.Predicted) * Certainties;
        Require(
            grid.Signs.Length == signs,
            $"{grid.Signs.Length} probabilities of signs; a reach of {rule.Reach}, {rule.Predicted} of them predicted, has {signs}"
        );
        Require(!grid.Signs.Contains((ushort)0), "a probability of a sign is 0; 1 to 65535 are allowed");
        int offsets = (rule.Transforms - 1) * quality.Coded;
        Require(
            grid.Offsets.Length == offsets,
            $"{grid.Offsets.Length} offsets of biases; {rule.Transforms} transforms of {quality.Coded} coded latents have {offsets}"
        );
    }

    private static GridRule ParseRule(ref BlobReader reader, int latents, bool stepped, bool coloured)
    {
        byte[] sizes = reader.TakeBytes(4);
        (int predicted, int reach, int adaptation, int transforms) = (sizes[0], sizes[1], sizes[2], sizes[3]);
        // Checked before it is squared below.
        Require(
            transforms is >= 1 and <= ModelLimits.MaxTransforms,
            $"{transforms} transforms; 1 to {ModelLimits.MaxTransforms} are allowed"
        );
        return new GridRule(
            predicted,
            reach,
            reader.TakeInt16(reach * Neighbours * reach),
            adaptation,
            transforms,
            reader.TakeUInt16(transforms * latents),
            stepped ? ParseSteps(ref reader, latents) : null,
            coloured
                ? new ColourRule(reader.TakeUInt16(latents), reader.TakeUInt16(latents), reader.TakeUInt16(ColourRule.Bands - 1))
                : null
        );
    }

    private static StepRule ParseSteps(ref BlobReader reader, int latents)
    {
        byte[] sizes = reader.TakeBytes(2);
        // Checked before tables of their size are made.
        Require(sizes[0] is >= 1 and <= StepRule.MaxLevels, $"{sizes[0]} levels; 1 to {StepRule.MaxLevels} are allowed");
        int[] slopes = reader.TakeInt32(2);
        return new StepRule(
            reader.TakeUInt16(latents),
            reader.TakeBytes(latents),
            reader.TakeUInt16(latents),
            sizes[0],
            sizes[1],
            slopes[0],
            slopes[1]
        );
    }

    private static StepTables ParseSteps(ref BlobReader reader, StepRule rule, int coded)
    {
        int[] constants = reader.TakeInt32(4);
        return new StepTables(constants[0], constants[1], constants[2], constants[3], reader.TakeInt16(rule.Levels * coded));
    }

    private static GridTables ParseGrid(ref BlobReader reader, GridRule rule, int coded, GridTables? shared, bool own) =>
        new(
            reader.TakeSBytes(Neighbours * coded),
            shared?.Spread ?? reader.TakeSBytes(own ? coded * coded : 0),
            shared?.Divided ?? reader.TakeSBytes(own && rule.Transforms > 1 ? coded * (coded - 1) / 2 : 0),
            reader.TakeUInt16(ExtentCount(coded)),
            reader.TakeUInt16(TransformCount(rule.Transforms)),
            reader.TakeInt16((rule.Transforms - 1) * coded),
            reader.TakeUInt16(Math.Max(0, rule.Reach - rule.Predicted) * Certainties),
            rule.Steps is { } steps ? ParseSteps(ref reader, steps, coded) : null
        );

    private static void Write(BinaryWriter writer, GridRule rule)
    {
        writer.Write((byte)rule.Predicted);
        writer.Write((byte)rule.Reach);
        writer.Write((byte)rule.Adaptation);
        writer.Write((byte)rule.Transforms);
        foreach (short predictor in rule.Predictors)
            writer.Write(predictor);
        foreach (ushort place in rule.Order)
            writer.Write(place);
        if (rule.Steps is not { } steps)
            return;
        writer.Write((byte)steps.Levels);
        writer.Write((byte)steps.Neutral);
        writer.Write(steps.EnergySlope);
        writer.Write(steps.MeanSlope);
        foreach (ushort factor in steps.Factors)
            writer.Write(factor);
        writer.Write(steps.Masks);
        foreach (ushort energy in steps.Energies)
            writer.Write(energy);
        if (rule.Colours is not { } colours)
            return;
        foreach (ushort latent in colours.Luminance.Concat(colours.First).Concat(colours.Bounds))
            writer.Write(latent);
    }

    private static void Write(BinaryWriter writer, GridTables grid, bool shared)
    {
        writer.Write(MemoryMarshal.AsBytes<sbyte>(grid.Neighbours));
        if (!shared)
        {
            writer.Write(MemoryMarshal.AsBytes<sbyte>(grid.Spread));
            writer.Write(MemoryMarshal.AsBytes<sbyte>(grid.Divided));
        }

        foreach (ushort probability in grid.Extents)
            writer.Write(probability);
        foreach (ushort probability in grid.Transforms)
            writer.Write(probability);
        foreach (short offset in grid.Offsets)
            writer.Write(offset);
        foreach (ushort probability in grid.Signs)
            writer.Write(probability);
        if (grid.Steps is not { } steps)
            return;
        foreach (int constant in new[] { steps.Floor, steps.Origin, steps.MeanOrigin, steps.MeanScale })
            writer.Write(constant);
        foreach (short offset in steps.Offsets)
            writer.Write(offset);
    }

    private static bool SharesWeights(PriorQuality before, PriorQuality quality) =>
        before.Coded == quality.Coded
        && before.Weights.AsSpan().SequenceEqual(quality.Weights)
        && before.Grid!.Spread.AsSpan().SequenceEqual(quality.Grid!.Spread)
        && before.Grid.Divided.AsSpan().SequenceEqual(quality.Grid.Divided)
        && quality.Weights.Length > 0;
}

/// <summary>How the blocks of a grid are coded one after the other (docs/format.md, Grid).</summary>
/// <param name="Predicted">How many latents, from the first, are coded as differences from a prediction: 0 to 255.</param>
/// <param name="Reach">
/// How many latents, from the first, have a prediction, which is computed from the same latents of each neighbour: first those that are
/// coded as differences, then those of which only the sign is predicted. 0 to 255.
/// </param>
/// <param name="Predictors">
/// [4, reach, reach], in 1024ths: weights[neighbour, j, i] × the neighbour's symbol j is added to the prediction of latent i. Neighbours
/// are left, above, above left, above right.
/// </param>
/// <param name="Adaptation">
/// Each decision moves its probability by 1/2^adaptation of the distance to the outcome; with 0, probabilities stay constant. 0 to
/// <see cref="Prior.MaxAdaptation"/>.
/// </param>
/// <param name="Transforms">M: the transforms of which a block signals one, 1 to <see cref="ModelLimits.MaxTransforms"/>.</param>
/// <param name="Order">[M, K]: the index of each transform's latents among the graphs' M · K latents; each index occurs once.</param>
/// <param name="Steps">How steps differ between latents and blocks; null where all have the quality's step.</param>
/// <param name="Colours">Which latents are predicted from others of their block; null where none is.</param>
internal sealed record GridRule(
    int Predicted,
    int Reach,
    short[] Predictors,
    int Adaptation,
    int Transforms,
    ushort[] Order,
    StepRule? Steps = null,
    ColourRule? Colours = null
)
{
    /// <summary>[K]: the indices of a transform's latents among the graphs' latents.</summary>
    internal ReadOnlySpan<ushort> Places(int transform)
    {
        int latents = Order.Length / Transforms;
        return Order.AsSpan(transform * latents, latents);
    }
}

/// <summary>The further tables of a grid model's quality.</summary>
/// <param name="Neighbours">
/// [4, coded]: weights of the same latent's activation in the blocks to the left, above, above left and above right.
/// </param>
/// <param name="Spread">
/// [coded, coded], or empty: row j holds the weights of latent j's activation, in the left block and in the block above, on every
/// accumulator.
/// </param>
/// <param name="Divided">
/// The weights within a block of any transform but the first, laid out as <see cref="PriorQuality.Weights"/>, which are for the first;
/// empty if there is one transform only.
/// </param>
/// <param name="Extents">
/// [contexts, nodes]: the probability, in 65536ths, of a one at each node of a binary tree over a block's extent, most significant bit
/// first. The context is the mean extent of the left block and the block above.
/// </param>
/// <param name="Transforms">
/// [M · M contexts, nodes]: as <paramref name="Extents"/>, over a block's transform. The context is M times the left block's transform,
/// plus the transform of the block above.
/// </param>
/// <param name="Offsets">[M − 1, coded]: added to the biases in a block of transform 1, 2, ….</param>
/// <param name="Signs">
/// [reach − predicted, <see cref="Prior.Certainties"/>]: the probability, in 65536ths, that a sign is the predicted one.
/// </param>
/// <param name="Steps">What the levels of blocks need; null if the rule has no <see cref="GridRule.Steps"/>.</param>
internal sealed record GridTables(
    sbyte[] Neighbours,
    sbyte[] Spread,
    sbyte[] Divided,
    ushort[] Extents,
    ushort[] Transforms,
    short[] Offsets,
    ushort[] Signs,
    StepTables? Steps = null
);
