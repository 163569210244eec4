using System.Runtime.CompilerServices;
using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>
/// Finds the symbols of least error²/Δ² + λ·bits among all paths through the trellis (Viterbi 1967), each latent's bits read from a
/// scale that is given. Scratch for one image at a time; not thread-safe.
/// </summary>
internal sealed class TrellisSearch
{
    /// <summary>Nearer to zero than this, in steps, a latent is zero without further thought: the next point is 1.</summary>
    private const float Insignificant = 0.5f;

    private readonly Trellis _trellis;
    private readonly Dequantizer _dequantizer;
    private readonly RateTable _rates;

    /// <summary>[states, 2]: the transitions that lead into a state, each as state · 2 + parity.</summary>
    private readonly byte[] _into;

    /// <summary>[coded, states]: which transition led here.</summary>
    private readonly byte[] _from;

    /// <summary>[coded, 2 quantizers, 2 parities]: the best magnitude.</summary>
    private readonly short[] _magnitudes;

    public TrellisSearch(Prior prior, Dequantizer dequantizer, RateTable rates)
    {
        _trellis = prior.Tables.Trellis;
        _dequantizer = dequantizer;
        _rates = rates;
        _from = new byte[dequantizer.Coded * _trellis.States];
        _magnitudes = new short[dequantizer.Coded * 4];
        _into = Invert(_trellis);
    }

    /// <summary>Searches.</summary>
    /// <param name="magnitudes">[coded]: |latent| / Δ.</param>
    /// <param name="scales">[coded]: the scale that each latent's bits are read from.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="path">[coded]: the magnitudes chosen; overwritten.</param>
    [SkipLocalsInit]
    public void Run(ReadOnlySpan<float> magnitudes, ReadOnlySpan<byte> scales, float lambda, Span<short> path)
    {
        int states = _trellis.States;
        Span<float> cost = stackalloc float[Trellis.MaxStates];
        Span<float> next = stackalloc float[Trellis.MaxStates];
        Span<float> branch = stackalloc float[2 * Trellis.MaxStates];
        Span<float> best = stackalloc float[4];
        cost.Fill(float.PositiveInfinity);
        cost[0] = 0;
        for (int i = 0; i < magnitudes.Length; i++)
        {
            Span<short> choice = _magnitudes.AsSpan(i * 4, 4);
            for (int quantizer = 0; quantizer < _trellis.Quantizers; quantizer++)
                Choose(quantizer, scales[i], magnitudes[i], lambda, best.Slice(2 * quantizer, 2), choice.Slice(2 * quantizer, 2));

            for (int s = 0; s < states; s++)
            {
                int quantizer = _trellis.Quantizer(s);
                branch[2 * s] = cost[s] + best[2 * quantizer];
                branch[2 * s + 1] = cost[s] + best[2 * quantizer + 1];
            }

            Span<byte> from = _from.AsSpan(i * states, states);
            for (int t = 0; t < states; t++)
            {
                byte first = _into[2 * t], second = _into[2 * t + 1];
                bool later = branch[second] < branch[first];
                next[t] = later ? branch[second] : branch[first];
                from[t] = later ? second : first;
            }

            Span<float> spare = cost;
            cost = next;
            next = spare;
        }

        Trace(cost[..states], path);
    }

    private void Trace(ReadOnlySpan<float> cost, Span<short> path)
    {
        int state = 0;
        for (int s = 1; s < cost.Length; s++)
        {
            if (cost[s] < cost[state]) state = s;
        }

        for (int i = path.Length - 1; i >= 0; i--)
        {
            int transition = _from[i * cost.Length + state];
            state = transition >> 1;
            path[i] = _magnitudes[i * 4 + 2 * _trellis.Quantizer(state) + (transition & 1)];
        }
    }

    /// <summary>The best magnitude of each parity: zero for the even one, and the two points around the latent.</summary>
    private void Choose(int quantizer, int scale, float x, float lambda, Span<float> cost, Span<short> choice)
    {
        cost[0] = x * x + lambda * _rates.Bits(quantizer, scale, 0);
        cost[1] = float.PositiveInfinity;
        choice.Clear();
        if (x < Insignificant) return;

        int below = (int)((x + quantizer) * 0.5f);
        for (int m = Math.Max(1, below); m <= below + 1; m++)
        {
            if (m > SymbolCoder.MaxMagnitude) break;
            float error = x - _dequantizer.Point(quantizer, m);
            float total = error * error + lambda * _rates.Bits(quantizer, scale, m);
            int parity = m & 1;
            if (total < cost[parity]) (cost[parity], choice[parity]) = (total, (short)m);
        }
    }

    private static byte[] Invert(Trellis trellis)
    {
        var into = new List<byte>[trellis.States];
        for (int t = 0; t < into.Length; t++) into[t] = [];
        for (int s = 0; s < trellis.States; s++)
        {
            for (int parity = 0; parity < 2; parity++) into[trellis.Next(s, parity)].Add((byte)(2 * s + parity));
        }

        return [.. into.SelectMany(ways => ways)];
    }
}
