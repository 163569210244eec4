namespace Codec.Filtering;

/// <summary>The activity and direction of a block of pixels, on which the filter's weights depend (docs/format.md, Post-filter).</summary>
/// <param name="Activity">m₁ + m₂: the mean magnitudes of second differences across and down, in units of the quality; 0 or more.</param>
/// <param name="Upright">d₁: the normalized difference between the magnitudes across and down, −1 to 1.</param>
/// <param name="Diagonal">d₂: the normalized difference between the magnitudes along the falling and the rising diagonal, −1 to 1.</param>
internal readonly record struct BlockStructure(float Activity, float Upright, float Diagonal)
{
    /// <summary>
    /// Added to the denominators, in units of the quality: where differences are much smaller than this, both directions are near 0.
    /// </summary>
    private const float Faint = 0.02f;

    /// <summary>
    /// Computes the structure from the mean magnitudes of second differences along four directions, in units of the quality.
    /// </summary>
    public static BlockStructure Of(float across, float down, float falling, float rising) =>
        new(across + down, (across - down) / (across + down + Faint), (falling - rising) / (falling + rising + Faint));

    /// <summary>Computes the factors of the weights of the two nodes between which the activity is: hat × term.</summary>
    /// <param name="nodes">Activities, rising.</param>
    /// <param name="gates">[2, <see cref="PostFilter.Directions"/>]: the factors; overwritten.</param>
    /// <returns>The index of the first of the two nodes.</returns>
    public int Gate(ReadOnlySpan<float> nodes, Span<float> gates)
    {
        int node = 0;
        while (node < nodes.Length - 2 && Activity >= nodes[node + 1])
            node++;
        float fraction = Math.Clamp((Activity - nodes[node]) / (nodes[node + 1] - nodes[node]), 0, 1);
        ReadOnlySpan<float> terms = [1, Upright, Diagonal, Upright * Upright, Diagonal * Diagonal];
        for (int t = 0; t < terms.Length; t++)
            (gates[t], gates[terms.Length + t]) = ((1 - fraction) * terms[t], fraction * terms[t]);
        return node;
    }
}
