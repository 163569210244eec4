namespace Codec.Datasets.Synthetic;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): a small generator whose numbers do not depend on the runtime.</summary>
internal sealed class SplitMix
{
    private ulong _state;

    /// <summary>Creates an independent stream for each seed, purpose and index.</summary>
    public SplitMix(ulong seed, ulong purpose, ulong index) => _state = Mix(Mix(Mix(seed) + purpose) + index);

    /// <summary>Draws 64 bits.</summary>
    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>Draws uniformly from [0, 1).</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>Draws uniformly between two bounds.</summary>
    public float Between(float low, float high) => low + Unit() * (high - low);

    /// <summary>Returns true with this probability.</summary>
    public bool Chance(float probability) => Unit() < probability;

    /// <summary>
    /// Draws nearly normally around a mean, at most 3.4 standard deviations away: the sum of uniform numbers (Irwin–Hall).
    /// </summary>
    public float Normal(float mean, float deviation)
    {
        float sum = -6;
        for (int i = 0; i < 12; i++)
            sum += Unit();
        return mean + Math.Clamp(sum, -3.4f, 3.4f) * deviation;
    }

    /// <summary>Draws one of several values by their weights.</summary>
    public int Pick(ReadOnlySpan<float> weights)
    {
        float total = 0;
        foreach (float weight in weights)
            total += weight;
        float left = Unit() * total;
        for (int i = 0; i < weights.Length - 1; i++)
        {
            left -= weights[i];
            if (left < 0)
                return i;
        }

        return weights.Length - 1;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
