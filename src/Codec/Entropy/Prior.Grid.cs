using System.Runtime.InteropServices;

namespace Codec.Entropy;

public sealed partial class Prior
{
    /// <summary>Latents of a group: a block's extent counts groups.</summary>
    public const int GroupSize = 16;

    /// <summary>Blocks whose symbols a block's contexts and predictions look at: left, above, upper left, upper right.</summary>
    public const int Neighbours = 4;

    /// <summary>Fraction bits of a predictor.</summary>
    public const int PredictorBits = 6;

    /// <summary>Largest shift of <see cref="GridRule.Adaptation"/>: a slower one would move no probability.</summary>
    public const int MaxAdaptation = 12;

    /// <summary>Groups of so many latents, the last of which may be smaller.</summary>
    internal static int Groups(int coded) => (coded + GroupSize - 1) / GroupSize;

    /// <summary>Decisions that tell an extent: as many as 0..groups have bits.</summary>
    internal static int ExtentBits(int groups) => 32 - int.LeadingZeroCount(groups);

    /// <summary>Probabilities of all extents that <see cref="GridTables.Extents"/> holds: [groups + 1 contexts, 2^bits nodes].</summary>
    public static int ExtentCount(int coded) => (Groups(coded) + 1) << ExtentBits(Groups(coded));

    private static void Validate(PriorTables tables, GridRule rule)
    {
        int least = tables.Qualities.Min(quality => quality.Coded);
        Require(rule.Predicted >= 0 && rule.Predicted <= Math.Min(least, byte.MaxValue), $"{rule.Predicted} latents predicted; 0 to {Math.Min(least, byte.MaxValue)} are allowed");
        Require(rule.Predictors.Length == rule.Predicted * Neighbours, $"{rule.Predictors.Length} predictors; {rule.Predicted} latents have {rule.Predicted * Neighbours}");
        Require(rule.Adaptation is >= 0 and <= MaxAdaptation, $"an adaptation of {rule.Adaptation}; 0 to {MaxAdaptation} are allowed");
    }

    private static void Validate(GridRule rule, PriorQuality quality, GridTables grid)
    {
        Require(grid.Neighbours.Length == Neighbours * quality.Coded, $"{grid.Neighbours.Length} weights of neighbours; {quality.Coded} coded latents have {Neighbours * quality.Coded}");
        int spread = quality.Weights.Length == 0 && quality.Coded > 1 ? 0 : quality.Coded * quality.Coded;
        Require(grid.Spread.Length == spread || (quality.Coded == 1 && grid.Spread.Length == 0), $"{grid.Spread.Length} weights across blocks; these {quality.Coded} coded latents have {spread}");
        Require(grid.Extents.Length == ExtentCount(quality.Coded), $"{grid.Extents.Length} probabilities of extents; {quality.Coded} coded latents have {ExtentCount(quality.Coded)}");
        Require(!grid.Extents.Contains((ushort)0), "a probability of an extent is 0; 1 to 65535 are allowed");
        Require(rule.Predicted <= quality.Coded, $"{rule.Predicted} latents predicted, {quality.Coded} coded");
    }

    private static GridRule ParseRule(ref BlobReader reader)
    {
        byte[] sizes = reader.TakeBytes(2);
        return new GridRule(sizes[0], reader.TakeSBytes(sizes[0] * Neighbours), sizes[1]);
    }

    private static GridTables ParseGrid(ref BlobReader reader, int coded, sbyte[]? shared, bool own) => new(
        reader.TakeSBytes(Neighbours * coded),
        shared ?? reader.TakeSBytes(own ? coded * coded : 0),
        reader.TakeUInt16(ExtentCount(coded)));

    private static void Write(BinaryWriter writer, GridRule rule)
    {
        writer.Write((byte)rule.Predicted);
        writer.Write((byte)rule.Adaptation);
        writer.Write(MemoryMarshal.AsBytes<sbyte>(rule.Predictors));
    }

    private static void Write(BinaryWriter writer, GridTables grid, bool shared)
    {
        writer.Write(MemoryMarshal.AsBytes<sbyte>(grid.Neighbours));
        if (!shared) writer.Write(MemoryMarshal.AsBytes<sbyte>(grid.Spread));
        foreach (ushort probability in grid.Extents) writer.Write(probability);
    }

    private static bool SharesWeights(PriorQuality before, PriorQuality quality) =>
        before.Coded == quality.Coded && before.Weights.AsSpan().SequenceEqual(quality.Weights) && before.Grid!.Spread.AsSpan().SequenceEqual(quality.Grid!.Spread)
        && quality.Weights.Length > 0;
}

/// <summary>How the blocks of a grid are coded one after the other (docs/format.md, Grid).</summary>
/// <param name="Predicted">How many latents, from the first, are coded as differences from a prediction: 0 to 255.</param>
/// <param name="Predictors">[predicted, 4]: weights of the left, upper, upper left and upper right block's symbols, in 64ths.</param>
/// <param name="Adaptation">With every decision its probability moves by 1/2^this of its distance to what was decided; 0 never moves it.</param>
public sealed record GridRule(int Predicted, sbyte[] Predictors, int Adaptation);

/// <summary>What a prior holds for one quality of a grid, besides what it holds for a single block.</summary>
/// <param name="Neighbours">[4, coded]: weights of the same latent's activation in the left, upper, upper left and upper right block.</param>
/// <param name="Spread">[coded, coded], or none: row j holds what latent j's activation in the left or upper block adds to every accumulator.</param>
/// <param name="Extents">
/// [contexts, nodes]: probability in 65536ths of a one at each node of a binary tree over a block's extent, most significant bit first; the
/// context is the neighbours' mean extent.
/// </param>
public sealed record GridTables(sbyte[] Neighbours, sbyte[] Spread, ushort[] Extents);
