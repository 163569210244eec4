using System.Runtime.InteropServices;
using Codec.Binary;
using Codec.Models;

namespace Codec.Entropy;

internal sealed partial class Prior
{
    /// <summary>Latents of a group: a block's extent counts groups.</summary>
    public const int GroupSize = 16;

    /// <summary>Blocks whose symbols a block's contexts and predictions look at: left, above, upper left, upper right.</summary>
    public const int Neighbours = 4;

    /// <summary>Fraction bits of a predictor.</summary>
    public const int PredictorBits = 10;

    /// <summary>How certain a sign may be: contexts of its probability.</summary>
    public const int Certainties = 8;

    /// <summary>A prediction below 2^this, in 1024ths, tells least of its sign; each doubling tells more.</summary>
    internal const int CertaintyShift = 6;

    /// <summary>Largest shift of <see cref="GridRule.Adaptation"/>: a slower one would move no probability.</summary>
    public const int MaxAdaptation = 12;

    /// <summary>Groups of so many latents, the last of which may be smaller.</summary>
    internal static int Groups(int coded) => (coded + GroupSize - 1) / GroupSize;

    /// <summary>Decisions that tell an extent: as many as 0..groups have bits.</summary>
    internal static int ExtentBits(int groups) => 32 - int.LeadingZeroCount(groups);

    /// <summary>Decisions that tell a transform, of so many.</summary>
    internal static int TransformBits(int transforms) => 32 - int.LeadingZeroCount(transforms - 1);

    /// <summary>Probabilities of all transforms that <see cref="GridTables.Transforms"/> holds: [transforms², 2^bits nodes].</summary>
    public static int TransformCount(int transforms) => transforms * transforms << TransformBits(transforms);

    /// <summary>Probabilities of all extents that <see cref="GridTables.Extents"/> holds: [groups + 1 contexts, 2^bits nodes].</summary>
    public static int ExtentCount(int coded) => (Groups(coded) + 1) << ExtentBits(Groups(coded));

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
        Require(rule.Order.Order().Index().All(place => place.Index == place.Item), "the order names a latent of the graph twice");
        Require(rule.Adaptation is >= 0 and <= MaxAdaptation, $"an adaptation of {rule.Adaptation}; 0 to {MaxAdaptation} are allowed");
    }

    private static void Validate(GridRule rule, PriorQuality quality, GridTables grid)
    {
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

    private static GridRule ParseRule(ref BlobReader reader, int latents)
    {
        byte[] sizes = reader.TakeBytes(4);
        (int predicted, int reach, int adaptation, int transforms) = (sizes[0], sizes[1], sizes[2], sizes[3]);
        // Before it is squared below.
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
            reader.TakeUInt16(transforms * latents)
        );
    }

    private static GridTables ParseGrid(ref BlobReader reader, GridRule rule, int coded, GridTables? shared, bool own) =>
        new(
            reader.TakeSBytes(Neighbours * coded),
            shared?.Spread ?? reader.TakeSBytes(own ? coded * coded : 0),
            shared?.Divided ?? reader.TakeSBytes(own && rule.Transforms > 1 ? coded * (coded - 1) / 2 : 0),
            reader.TakeUInt16(ExtentCount(coded)),
            reader.TakeUInt16(TransformCount(rule.Transforms)),
            reader.TakeInt16((rule.Transforms - 1) * coded),
            reader.TakeUInt16(Math.Max(0, rule.Reach - rule.Predicted) * Certainties)
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
/// How many latents, from the first, are foreseen from as many of each neighbour: those that are predicted, and others whose signs are told
/// with a
/// probability. 0 to 255.
/// </param>
/// <param name="Predictors">
/// [4, reach, reach]: what each symbol of the left, upper, upper left and upper right block adds to what is foreseen of each latent, in
/// 1024ths.
/// </param>
/// <param name="Adaptation">
/// With every decision its probability moves by 1/2^this of its distance to what was decided; 0 never moves it.
/// </param>
/// <param name="Transforms">M: how many transforms a block may choose from, 1 to <see cref="ModelLimits.MaxTransforms"/>.</param>
/// <param name="Order">[M, K]: which of the graphs' latents is each latent of each transform; every one is named once.</param>
internal sealed record GridRule(int Predicted, int Reach, short[] Predictors, int Adaptation, int Transforms, ushort[] Order)
{
    /// <summary>The graphs' latents that those of a transform are.</summary>
    internal ReadOnlySpan<ushort> Places(int transform)
    {
        int latents = Order.Length / Transforms;
        return Order.AsSpan(transform * latents, latents);
    }
}

/// <summary>What a prior holds for one quality of a grid, besides what it holds for a single block.</summary>
/// <param name="Neighbours">
/// [4, coded]: weights of the same latent's activation in the left, upper, upper left and upper right block.
/// </param>
/// <param name="Spread">
/// [coded, coded], or none: row j holds what latent j's activation in the left or upper block adds to every accumulator.
/// </param>
/// <param name="Divided">
/// As <see cref="PriorQuality.Weights"/>, and in their place in blocks of any transform but the first; none where there is only that.
/// </param>
/// <param name="Extents">
/// [contexts, nodes]: probability in 65536ths of a one at each node of a binary tree over a block's extent, most significant bit first; the
/// context is the neighbours' mean extent.
/// </param>
/// <param name="Transforms">
/// [M · M contexts, nodes]: as <paramref name="Extents"/>, over a block's transform; the context is M · the left block's + the upper one's.
/// </param>
/// <param name="Offsets">[M − 1, coded]: what is added to the biases in a block of transform 1, 2, ….</param>
/// <param name="Signs">
/// [reach − predicted, <see cref="Prior.Certainties"/>]: probability in 65536ths that a sign is the foreseen one.
/// </param>
internal sealed record GridTables(
    sbyte[] Neighbours,
    sbyte[] Spread,
    sbyte[] Divided,
    ushort[] Extents,
    ushort[] Transforms,
    short[] Offsets,
    ushort[] Signs
);
