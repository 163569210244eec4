using System.Runtime.CompilerServices;
using Codec.Entropy;
using Codec.Transforms;

namespace Codec.Quantization;

/// <summary>
/// Finds the symbols of least error²/Δ² + λ·bits among all paths through the trellis (Viterbi 1967), each latent's bits read from a
/// scale that is given. Scratch for one image at a time; not thread-safe. This file is the specification; a vector path follows it.
/// </summary>
internal sealed partial class TrellisSearch
{
    /// <summary>Nearer to zero than this, in steps, a latent is zero without further thought: the next point is 1.</summary>
    private const float Insignificant = 0.5f;

    /// <summary>Bits of a step that hold the transition; the magnitude lies above.</summary>
    private const int TransitionBits = 4;

    private readonly Trellis _trellis;
    private readonly Dequantizer _dequantizer;
    private readonly RateTable _rates;
    private readonly SimdPath _path;

    /// <summary>[states, 2]: the transitions that lead into a state, each as state · 2 + parity.</summary>
    private readonly byte[] _into;

    /// <summary>[coded, <see cref="RateTable.Lanes"/>]: magnitude and transition of the best way into each state.</summary>
    private readonly int[] _steps;

    public TrellisSearch(Prior prior, Dequantizer dequantizer, RateTable rates)
        : this(prior, dequantizer, rates, SimdPaths.Selected)
    {
    }

    internal TrellisSearch(Prior prior, Dequantizer dequantizer, RateTable rates, SimdPath path)
    {
        _trellis = prior.Tables.Trellis;
        _dequantizer = dequantizer;
        _rates = rates;
        _path = path;
        _into = Invert(_trellis);
        _steps = new int[dequantizer.Coded * RateTable.Lanes];
        _lanes = new LaneTables(_trellis, _into);
    }

    /// <summary>Searches.</summary>
    /// <param name="magnitudes">[coded]: |latent| / Δ, finite.</param>
    /// <param name="scales">[coded]: the scale that each latent's bits are read from.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="path">[coded]: the magnitudes chosen; overwritten.</param>
    public void Run(ReadOnlySpan<float> magnitudes, ReadOnlySpan<byte> scales, float lambda, Span<short> path)
    {
        int state = _path is SimdPath.Vector256 or SimdPath.Vector512
            ? ForwardVector(magnitudes, scales, lambda)
            : Forward(magnitudes, scales, lambda);
        for (int i = path.Length - 1; i >= 0; i--)
        {
            int step = _steps[i * RateTable.Lanes + state];
            path[i] = (short)(step >> TransitionBits);
            state = (step & ((1 << TransitionBits) - 1)) >> 1;
        }
    }

    /// <summary>Goes through all latents, and gives the state that the best path ends in.</summary>
    [SkipLocalsInit]
    private int Forward(ReadOnlySpan<float> magnitudes, ReadOnlySpan<byte> scales, float lambda)
    {
        Span<float> cost = stackalloc float[Trellis.MaxStates];
        Span<float> branchCost = stackalloc float[2 * Trellis.MaxStates];
        Span<int> branchMagnitude = stackalloc int[2 * Trellis.MaxStates];
        cost.Fill(float.PositiveInfinity);
        cost[0] = 0;
        for (int i = 0; i < magnitudes.Length; i++)
        {
            for (int s = 0; s < _trellis.States; s++)
                Branch(s, cost[s], magnitudes[i], scales[i], lambda, branchCost.Slice(2 * s, 2), branchMagnitude.Slice(2 * s, 2));

            for (int t = 0; t < _trellis.States; t++)
            {
                int first = _into[2 * t], second = _into[2 * t + 1];
                int better = branchCost[second] < branchCost[first] ? second : first;
                cost[t] = branchCost[better];
                _steps[i * RateTable.Lanes + t] = branchMagnitude[better] << TransitionBits | better;
            }
        }

        return Least(cost);
    }

    /// <summary>The best magnitude of each parity from one state: zero for the even one, and the two points around the latent.</summary>
    private void Branch(int state, float before, float x, int scale, float lambda, Span<float> cost, Span<int> chosen)
    {
        cost[0] = before + (x * x + lambda * _rates.Bits(scale, 0)[state]);
        cost[1] = float.PositiveInfinity;
        chosen.Clear();
        if (x < Insignificant) return;

        int quantizer = _trellis.Quantizer(state);
        int below = (int)((x + quantizer) * 0.5f);
        for (int m = Math.Max(1, below); m <= Math.Min(below + 1, SymbolCoder.MaxMagnitude); m++)
        {
            float error = x - _dequantizer.Point(quantizer, m);
            float total = before + (error * error + lambda * (_rates.Bits(scale, m)[state] + _rates.Excess(m)));
            if (total < cost[m & 1]) (cost[m & 1], chosen[m & 1]) = (total, m);
        }
    }

    private int Least(ReadOnlySpan<float> cost)
    {
        int least = 0;
        for (int s = 1; s < _trellis.States; s++)
        {
            if (cost[s] < cost[least]) least = s;
        }

        return least;
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
