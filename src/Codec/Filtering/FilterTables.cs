namespace Codec.Filtering;

/// <summary>
/// The tables of a post-filter's blob (docs/format.md, Post-filter). From its construction the filter owns the arrays; they must not be
/// changed.
/// </summary>
/// <param name="Colours">[P, P]: row p is what one unit of plane p adds to the channels of the image.</param>
/// <param name="Analysis">[P, P]: row p gives plane p from the channels; the inverse. Null if the rows of Colours are orthonormal.</param>
/// <param name="Nodes">
/// The activities that have weights, ascending from 0 or more: 2 to <see cref="PostFilter.MaxNodes"/>. Weights are interpolated between
/// nodes.
/// </param>
/// <param name="Taps">The taps of each plane, 0 to <see cref="PostFilter.MaxTaps"/>.</param>
/// <param name="Qualities">One for each quality of the model.</param>
internal sealed record FilterTables(float[] Colours, float[]? Analysis, float[] Nodes, FilterTap[][] Taps, FilterQuality[] Qualities)
{
    /// <summary>Whether a block's structure is that of all planes together; otherwise it is that of the first plane.</summary>
    public bool MeasuresAllPlanes => Analysis is not null;

    /// <summary>[P, P]: row p gives plane p from the channels.</summary>
    public float[] Planar => Analysis ?? Colours;

    /// <summary>Whether a quality filters all blocks only of images up to a size.</summary>
    public bool IsSized => Qualities.Any(quality => quality.Pixels != FilterQuality.AnySize);

    /// <summary>Whether a quality's filter changes a plane.</summary>
    public bool Changes(int quality, int plane)
    {
        int first = 2 * Taps[..plane].Sum(taps => taps.Length),
            count = 2 * Taps[plane].Length;
        float[] weights = Qualities[quality].Weights;
        return Enumerable
            .Range(0, weights.Length / Math.Max(Features, 1))
            .Any(row => weights.AsSpan(row * Features + first, count).ContainsAnyExcept(0f));
    }

    /// <summary>P: the number of planes, equal to the image's number of channels.</summary>
    public int Planes => Taps.Length;

    /// <summary>F: number of weights of a block, two for each tap of each plane.</summary>
    public int Features => 2 * Taps.Sum(taps => taps.Length);
}

/// <summary>
/// Two pixels opposite each other, which share weights: (y + <paramref name="Down"/>, x + <paramref name="Across"/>) and (y − Down, x −
/// Across).
/// </summary>
/// <param name="Down">Within ±<see cref="PostFilter.Reach"/>.</param>
/// <param name="Across">Within ±<see cref="PostFilter.Reach"/>; not 0 if Down is 0.</param>
internal readonly record struct FilterTap(sbyte Down, sbyte Across);

/// <summary>The filter of one quality.</summary>
/// <param name="Unit">Grey levels that count as an activity of 1: the quantizer's step, above 0.</param>
/// <param name="Clips">[P]: the bound of clipped differences, in grey levels, 0 or more.</param>
/// <param name="Weights">
/// [nodes, <see cref="PostFilter.Directions"/>, F]. F is ordered by plane; within a plane the weights of all taps' differences precede
/// those of their clipped differences.
/// </param>
internal sealed record FilterQuality(float Unit, float[] Clips, float[] Weights)
{
    /// <summary>The <see cref="Pixels"/> of a filter of all images.</summary>
    public const uint AnySize = uint.MaxValue;

    /// <summary>The <see cref="Contrast"/> that no block has.</summary>
    public const float NoContrast = float.MaxValue;

    /// <summary>The largest image all of whose blocks are filtered, in pixels.</summary>
    public uint Pixels { get; init; } = AnySize;

    /// <summary>Of larger images, the least contrast of a block that is filtered, in grey levels, 0 or more.</summary>
    public float Contrast { get; init; } = NoContrast;

    /// <summary>The least contrast of a block that is filtered.</summary>
    /// <param name="pixels">Width · height of the image.</param>
    public float LeastContrast(long pixels) => pixels <= Pixels ? 0 : Contrast;
}
