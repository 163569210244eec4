namespace Codec.Filtering;

/// <summary>What a block of pixels looks like to the filter: second differences' mean magnitudes, in units of the quality.</summary>
/// <param name="Activity">Across and down together: 0 or more.</param>
/// <param name="Upright">d₁: how much more there is across than down, −1 to 1.</param>
/// <param name="Diagonal">d₂: how much more there is along the falling diagonal than along the rising one, −1 to 1.</param>
internal readonly record struct BlockStructure(float Activity, float Upright, float Diagonal)
{
    /// <summary>Differences below this many units tell no direction.</summary>
    private const float Faint = 0.02f;

    /// <summary>Describes a block by its mean magnitudes of second differences along four directions, in units.</summary>
    public static BlockStructure Of(float across, float down, float falling, float rising) =>
        new(across + down, (across - down) / (across + down + Faint), (falling - rising) / (falling + rising + Faint));

    /// <summary>How much each direction of two neighbouring nodes counts.</summary>
    /// <param name="nodes">Rising activities.</param>
    /// <param name="gates">[2, <see cref="PostFilter.Directions"/>]; overwritten.</param>
    /// <returns>The first of the two nodes.</returns>
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
