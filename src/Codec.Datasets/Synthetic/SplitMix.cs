namespace Codec.Datasets.Synthetic;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): a small generator whose numbers never change with the runtime.</summary>
internal sealed class SplitMix
{
    private ulong _state;

    /// <summary>A stream of its own for each seed, purpose and index: what one draws does not move another.</summary>
    public SplitMix(ulong seed, ulong purpose, ulong index) => _state = Mix(Mix(Mix(seed) + purpose) + index);

    /// <summary>64 bits.</summary>
    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>Evenly from 0 (included) to 1 (excluded).</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>Evenly between two bounds.</summary>
    public float Between(float low, float high) => low + Unit() * (high - low);

    /// <summary>True with this probability.</summary>
    public bool Chance(float probability) => Unit() < probability;

    /// <summary>Around a mean, nearly normal, never further than 3.4 deviations: the sum of twelve even numbers (Irwin and Hall).</summary>
    public float Normal(float mean, float deviation)
    {
        float sum = -6;
        for (int i = 0; i < 12; i++)
            sum += Unit();
        return mean + Math.Clamp(sum, -3.4f, 3.4f) * deviation;
    }

    /// <summary>One of several, each with a weight.</summary>
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
