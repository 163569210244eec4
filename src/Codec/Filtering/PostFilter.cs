using Codec.Errors;
using Codec.Models;
using Codec.Transforms;

namespace Codec.Filtering;

/// <summary>
/// Filters a head's image before its samples are rounded: adds to each pixel weighted differences, plain and clipped, to the pixels around
/// it. The weights are smooth functions of the activity and direction of the block of 8×8 pixels (docs/format.md, Post-filter). Immutable.
/// </summary>
/// <remarks>
/// The adaptive loop filter of Versatile Video Coding (Tsai et al. 2013; clipping by Taquet et al. 2019), but outside the coding loop, with
/// weights that are trained rather than sent, and interpolated rather than chosen by class: machines that round differently then agree to a
/// grey level.
/// </remarks>
internal sealed partial class PostFilter
{
    /// <summary>Side of a block in pixels; the pixels of a block share weights.</summary>
    public const int Side = 8;

    /// <summary>Largest distance of a tap from its pixel, in pixels down and across.</summary>
    public const int Reach = 4;

    /// <summary>Pixels around a block that its structure includes, on each side.</summary>
    public const int Surround = 2;

    /// <summary>The terms by which weights depend on direction: 1, d₁, d₂, d₁², d₂².</summary>
    public const int Directions = 5;

    /// <summary>Largest number of nodes.</summary>
    public const int MaxNodes = 16;

    /// <summary>Largest number of taps of a plane.</summary>
    public const int MaxTaps = 32;

    // Largest allowed difference of a product of two colour rows from 1 (the rows of one plane) or 0.
    private const double Tolerance = 1e-3;

    /// <summary>Creates a filter from tables, after checking them.</summary>
    /// <exception cref="InvalidModelException">A size or value is outside its range.</exception>
    public PostFilter(FilterTables tables)
    {
        Validate(tables);
        Tables = tables;
    }

    /// <summary>The tables.</summary>
    public FilterTables Tables { get; }

    /// <summary>Whether the filter of a quality may change a plane of an image of a size.</summary>
    /// <param name="quality">Index of the quality.</param>
    /// <param name="pixels">Width · height of the image.</param>
    public bool Changes(int quality, long pixels) =>
        Tables.Qualities[quality].LeastContrast(pixels) < FilterQuality.NoContrast
        && Enumerable.Range(0, Tables.Planes).Any(plane => Tables.Changes(quality, plane));

    /// <summary>Computes a block's weights.</summary>
    /// <param name="quality">Index of the quality.</param>
    /// <param name="structure">The block's structure.</param>
    /// <param name="weights">[F]; overwritten.</param>
    public void Weigh(int quality, in BlockStructure structure, Span<float> weights)
    {
        int features = weights.Length;
        ReadOnlySpan<float> all = Tables.Qualities[quality].Weights;
        Span<float> gates = stackalloc float[2 * Directions];
        int node = structure.Gate(Tables.Nodes, gates);
        Lines.Combine(weights, 0, all.Slice(node * Directions * features, gates.Length * features), features, gates);
    }

    private static void Validate(FilterTables tables)
    {
        int planes = tables.Planes;
        Require(planes is 1 or 3, $"{planes} planes; 1 or 3 are allowed");
        Require(
            tables.Colours.Length == planes * planes && tables.Planar.Length == planes * planes,
            $"{tables.Colours.Length} and {tables.Planar.Length} colour weights; {planes} planes need {planes * planes}"
        );
        for (int a = 0; a < planes; a++)
        {
            for (int b = 0; b < planes; b++)
            {
                double product = 0;
                for (int c = 0; c < planes; c++)
                    product += (double)tables.Planar[a * planes + c] * tables.Colours[b * planes + c];
                Require(
                    Math.Abs(product - (a == b ? 1 : 0)) < Tolerance,
                    $"rows {a} and {b} of the colours have the product {product}; it must be {(a == b ? 1 : 0)}, since one matrix is the inverse of the other"
                );
            }
        }

        Require(
            !tables.IsSized || tables.Analysis is not null,
            "it filters all blocks only of images up to a size, and lacks the table of analysis"
        );
        Require(tables.Nodes.Length is >= 2 and <= MaxNodes, $"{tables.Nodes.Length} nodes; 2 to {MaxNodes} are allowed");
        for (int n = 0; n < tables.Nodes.Length; n++)
        {
            Require(
                float.IsFinite(tables.Nodes[n]) && (n == 0 ? tables.Nodes[n] >= 0 : tables.Nodes[n] > tables.Nodes[n - 1]),
                $"node {n} is {tables.Nodes[n]}; nodes must be finite and rise from 0 or more"
            );
        }

        foreach (FilterTap[] taps in tables.Taps)
        {
            Require(taps.Length <= MaxTaps, $"{taps.Length} taps; at most {MaxTaps} are allowed");
            Require(
                taps.All(tap => tap != default && tap.Down is >= -Reach and <= Reach && tap.Across is >= -Reach and <= Reach),
                $"a tap is more than {Reach} pixels away, or on its own pixel"
            );
        }

        Require(
            tables.Qualities.Length is >= 1 and <= ModelLimits.MaxQualities,
            $"{tables.Qualities.Length} qualities; 1 to {ModelLimits.MaxQualities} are allowed"
        );
        int weights = tables.Nodes.Length * Directions * tables.Features;
        foreach (FilterQuality quality in tables.Qualities)
        {
            Require(float.IsFinite(quality.Unit) && quality.Unit > 0, $"the unit is {quality.Unit}; it must be finite and above 0");
            Require(
                float.IsFinite(quality.Contrast) && quality.Contrast >= 0,
                $"the contrast is {quality.Contrast}; it must be finite and 0 or more"
            );
            Require(
                quality.Clips.Length == planes && quality.Clips.All(clip => float.IsFinite(clip) && clip >= 0),
                $"there must be {planes} clips, one a plane, each finite and 0 or more"
            );
            Require(quality.Weights.Length == weights, $"{quality.Weights.Length} weights; nodes × directions × features are {weights}");
            Require(quality.Weights.All(float.IsFinite), "a weight is not finite");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InvalidModelException("filter", message + ".");
    }
}
