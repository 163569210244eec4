namespace Codec.Tests.Golden;

/// <summary>
/// Decodes the payload of a palette code exactly as docs/format.md, "Palette code", describes: slowly, sharing nothing with the product.
/// </summary>
internal sealed class ReferencePalette(int width, int height, int channels, byte[] payload)
{
    private readonly ReferenceRange _range = new(payload);
    private readonly Dictionary<(string, int, long), (int P, int Shift)> _adaptive = [];
    private readonly List<byte[]> _colours = [];

    /// <summary>Decodes the samples and the length of the payload; null where format.md calls the code damaged.</summary>
    public (byte[] Samples, int Length)? Decode()
    {
        if (!_range.Begins)
            return null;
        int[] numbers = new int[width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                if (Pixel((dx, dy) => At(numbers, x + dx, y + dy)) is not { } number)
                    return null;
                numbers[y * width + x] = number;
            }
        }

        return _range.Finish() is { } length ? ([.. numbers.SelectMany(number => _colours[number])], length) : null;
    }

    private int At(int[] numbers, int x, int y) => x < 0 || y < 0 || x >= width ? -1 : numbers[y * width + x];

    private int? Pixel(Func<int, int, int> at)
    {
        (int l, int ll, int u, int uu) = (at(-1, 0), at(-2, 0), at(0, -1), at(0, -2));
        (int ul, int ur, int urr) = (at(-1, -1), at(1, -1), at(2, -1));
        bool[] equal = [l == u, l == ul, u == ul, u == ur, l == ll, u == uu, ur == urr];
        int pattern = equal.Select((bit, i) => bit ? 1 << i : 0).Sum();
        ulong colours = (ulong)((l & 255) + 256 * (u & 255) + 65536 * (ur & 255));
        long hash = (long)(colours * 2654435761 % (1ul << 32) >> 20);
        int[] candidates = [.. new[] { l, u, ur, ul }.Where(n => n >= 0).Distinct()];
        for (int c = 0; c < candidates.Length; c++)
        {
            (string, int, long) a = ("equal", c, pattern),
                b = ("same", c, hash);
            bool bit = _range.Decide((Of(a).P + Of(b).P) >> 1);
            Adapt(a, bit);
            Adapt(b, bit);
            if (bit)
                return candidates[c];
        }

        int known = _colours.Count;
        if (known == 0 || known < 256 && Decide(("new", 0, 0)))
        {
            byte[] colour = [.. Enumerable.Range(0, channels).Select(_ => (byte)Number(8, _ => _range.Decide(32768)))];
            if (_colours.Any(other => other.SequenceEqual(colour)))
                return null;
            _colours.Add(colour);
            return known;
        }

        int number = Number(8, node => Decide(("number", 0, node)));
        return number >= known || candidates.Contains(number) ? null : number;
    }

    private static int Number(int bits, Func<int, bool> decide)
    {
        int node = 1;
        for (int i = 0; i < bits; i++)
            node = 2 * node + (decide(node) ? 1 : 0);
        return node - (1 << bits);
    }

    private bool Decide((string, int, long) key)
    {
        bool bit = _range.Decide(Of(key).P);
        Adapt(key, bit);
        return bit;
    }

    private (int P, int Shift) Of((string, int, long) key) => _adaptive.GetValueOrDefault(key, (32768, 1));

    private void Adapt((string, int, long) key, bool bit)
    {
        (int p, int shift) = Of(key);
        p = bit ? p + ((65536 - p) >> shift) : p - (p >> shift);
        _adaptive[key] = (p, Math.Min(shift + 1, 5));
    }
}
