namespace Codec.Filtering;

/// <summary>
/// What a post-filter's blob holds (docs/format.md, Post-filter). Arrays are owned by the filter from its construction on and not to be
/// changed.
/// </summary>
/// <param name="Colours">[P, P]: orthonormal rows, one for each plane over the channels of the image.</param>
/// <param name="Nodes">
/// Activities, rising from 0 or more, that weights are given for: 2 to <see cref="PostFilter.MaxNodes"/>. Between them weights are
/// interpolated.
/// </param>
/// <param name="Taps">For each plane its taps, 0 to <see cref="PostFilter.MaxTaps"/>: each stands for a pixel and the one opposite.</param>
/// <param name="Qualities">One for each quality of the model.</param>
internal sealed record FilterTables(float[] Colours, float[] Nodes, FilterTap[][] Taps, FilterQuality[] Qualities)
{
    /// <summary>P: planes, as many as an image has channels.</summary>
    public int Planes => Taps.Length;

    /// <summary>F: weights of a structure, two for each tap of each plane.</summary>
    public int Features => 2 * Taps.Sum(taps => taps.Length);
}

/// <summary>
/// Two pixels opposite each other: at (y + <paramref name="Down"/>, x + <paramref name="Across"/>) and (y − Down, x − Across).
/// </summary>
/// <param name="Down">Within ±<see cref="PostFilter.Reach"/>.</param>
/// <param name="Across">Within ±<see cref="PostFilter.Reach"/>; not zero where Down is.</param>
internal readonly record struct FilterTap(sbyte Down, sbyte Across);

/// <summary>The filter of one quality.</summary>
/// <param name="Unit">The activity of 1, in grey levels, above 0: the quantizer's step.</param>
/// <param name="Clips">[P]: where a difference is clipped, in grey levels, 0 or more.</param>
/// <param name="Weights">
/// [nodes, <see cref="PostFilter.Directions"/>, F]: what each node and direction gives to the weights. F goes plane by plane: of each tap
/// its
/// difference's weight, then of each its clipped difference's.
/// </param>
internal sealed record FilterQuality(float Unit, float[] Clips, float[] Weights);
