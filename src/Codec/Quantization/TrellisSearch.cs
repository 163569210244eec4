using System.Runtime.CompilerServices;
using Codec.Entropy;
using Codec.Simd;

namespace Codec.Quantization;

/// <summary>
/// Finds the symbols of least error²/Δ² + λ·bits among all paths through the trellis (Viterbi 1967), each latent's bits read from a
/// scale that is given. Scratch for one image at a time; not thread-safe. This file is the specification; a vector path follows it.
/// </summary>
internal sealed partial class TrellisSearch
{
    /// <summary>Nearer to zero than this, in steps, a latent is zero without further thought: the next point is 1.</summary>
    public const float Insignificant = 0.5f;

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

    /// <summary>[<see cref="RateTable.Lanes"/>]: cost of the best path into each state so far.</summary>
    private readonly float[] _cost = new float[RateTable.Lanes];

    public TrellisSearch(Prior prior, Dequantizer dequantizer, RateTable rates)
        : this(prior, dequantizer, rates, SimdPaths.Selected) { }

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
        Begin();
        Forward(magnitudes, scales, lambda, 0, magnitudes.Length);
        Trace(path, 0, Least());
    }

    /// <summary>What the path of a block of a grid cost: error²/Δ² + λ·bits.</summary>
    public float Cost { get; private set; }

    /// <summary>Searches a block of a grid: where it is best to stop, too.</summary>
    /// <param name="magnitudes">|latent| / Δ, finite, of the latents that are worth a thought: all behind them are zero.</param>
    /// <param name="scales">As many scales.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="first">The first latent that the trellis meets: those before it are predicted.</param>
    /// <param name="extentBits">Bits of each extent, 0 and more, as far as the magnitudes reach.</param>
    /// <param name="path">As many magnitudes, chosen; overwritten from <paramref name="first"/> on.</param>
    /// <returns>The extent: groups of latents that are coded.</returns>
    public int Run(
        ReadOnlySpan<float> magnitudes,
        ReadOnlySpan<byte> scales,
        float lambda,
        int first,
        ReadOnlySpan<float> extentBits,
        Span<short> path
    )
    {
        Begin();
        float skipped = 0;
        for (int i = first; i < magnitudes.Length; i++)
            skipped += magnitudes[i] * magnitudes[i];
        float best = skipped + lambda * extentBits[0];
        int extent = 0,
            state = 0;
        for (int from = first; from < magnitudes.Length; )
        {
            int group = from / Prior.GroupSize,
                to = Math.Min((group + 1) * Prior.GroupSize, magnitudes.Length);
            Forward(magnitudes, scales, lambda, from, to);
            for (; from < to; from++)
                skipped -= magnitudes[from] * magnitudes[from];
            int least = Least();
            float cost = _cost[least] + skipped + lambda * extentBits[group + 1];
            if (cost < best)
                (best, extent, state) = (cost, group + 1, least);
        }

        Cost = best;
        int coded = Math.Max(first, Math.Min(extent * Prior.GroupSize, path.Length));
        path[coded..].Clear();
        Trace(path[..coded], first, state);
        return extent;
    }

    private void Begin()
    {
        Array.Fill(_cost, float.PositiveInfinity);
        _cost[0] = 0;
    }

    private void Forward(ReadOnlySpan<float> magnitudes, ReadOnlySpan<byte> scales, float lambda, int from, int to)
    {
        if (_path is SimdPath.Vector256 or SimdPath.Vector512)
            ForwardVector(magnitudes, scales, lambda, from, to);
        else
            ForwardScalar(magnitudes, scales, lambda, from, to);
    }

    /// <summary>Follows the best way into a state back to the first latent.</summary>
    private void Trace(Span<short> path, int first, int state)
    {
        for (int i = path.Length - 1; i >= first; i--)
        {
            int step = _steps[i * RateTable.Lanes + state];
            path[i] = (short)(step >> TransitionBits);
            state = (step & ((1 << TransitionBits) - 1)) >> 1;
        }
    }

    /// <summary>Moves the states' costs on over some latents.</summary>
    [SkipLocalsInit]
    private void ForwardScalar(ReadOnlySpan<float> magnitudes, ReadOnlySpan<byte> scales, float lambda, int from, int to)
    {
        Span<float> branchCost = stackalloc float[2 * Trellis.MaxStates];
        Span<int> branchMagnitude = stackalloc int[2 * Trellis.MaxStates];
        for (int i = from; i < to; i++)
        {
            for (int s = 0; s < _trellis.States; s++)
                Branch(s, _cost[s], magnitudes[i], scales[i], lambda, branchCost.Slice(2 * s, 2), branchMagnitude.Slice(2 * s, 2));

            for (int t = 0; t < _trellis.States; t++)
            {
                int first = _into[2 * t],
                    second = _into[2 * t + 1];
                int better = branchCost[second] < branchCost[first] ? second : first;
                _cost[t] = branchCost[better];
                _steps[i * RateTable.Lanes + t] = branchMagnitude[better] << TransitionBits | better;
            }
        }
    }

    /// <summary>The best magnitude of each parity from one state: zero for the even one, and the two points around the latent.</summary>
    private void Branch(int state, float before, float x, int scale, float lambda, Span<float> cost, Span<int> chosen)
    {
        cost[0] = before + (x * x + lambda * _rates.Bits(scale, 0)[state]);
        cost[1] = float.PositiveInfinity;
        chosen.Clear();
        if (x < Insignificant)
            return;

        int quantizer = _trellis.Quantizer(state);
        int below = (int)((x + quantizer) * 0.5f);
        for (int m = Math.Max(1, below); m <= Math.Min(below + 1, SymbolCoder.MaxMagnitude); m++)
        {
            float error = x - _dequantizer.Point(quantizer, m);
            float total = before + (error * error + lambda * (_rates.Bits(scale, m)[state] + _rates.Excess(m)));
            if (total < cost[m & 1])
                (cost[m & 1], chosen[m & 1]) = (total, m);
        }
    }

    /// <summary>The state that the best path ends in.</summary>
    private int Least()
    {
        int least = 0;
        for (int s = 1; s < _trellis.States; s++)
        {
            if (_cost[s] < _cost[least])
                least = s;
        }

        return least;
    }

    private static byte[] Invert(Trellis trellis)
    {
        var into = new List<byte>[trellis.States];
        for (int t = 0; t < into.Length; t++)
            into[t] = [];
        for (int s = 0; s < trellis.States; s++)
        {
            for (int parity = 0; parity < 2; parity++)
                into[trellis.Next(s, parity)].Add((byte)(2 * s + parity));
        }

        return [.. into.SelectMany(ways => ways)];
    }
}
