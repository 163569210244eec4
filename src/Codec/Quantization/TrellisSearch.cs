using System.Runtime.CompilerServices;
using Codec.Entropy;
using Codec.Simd;

namespace Codec.Quantization;

/// <summary>
/// Finds the magnitudes of least error²/Δ² + λ·bits among all paths through the trellis (Viterbi 1967), for given scales. Holds scratch for
/// one image at a time; not thread-safe. This file is the specification; the vector path does the same operations.
/// </summary>
internal sealed partial class TrellisSearch
{
    /// <summary>A latent of a magnitude below this, in steps, becomes zero without a search, since the nearest other point is 1.</summary>
    public const float Insignificant = 0.5f;

    private const byte Untraced = byte.MaxValue;

    /// <summary>The low bits of an entry of <see cref="_steps"/> hold the transition, the others the magnitude.</summary>
    private const int TransitionBits = 4;

    private readonly Trellis _trellis;
    private readonly BlockShape _shape;
    private readonly Dequantizer _dequantizer;
    private readonly RateTable _rates;
    private readonly SimdPath _path;

    // [magnitudes up to the last that differs]: the activations of magnitudes.
    private readonly byte[] _activations;

    /// <summary>[states, 2]: the transitions that lead into a state, each as state · 2 + parity.</summary>
    private readonly byte[] _into;

    /// <summary>[coded, <see cref="RateTable.Lanes"/>]: magnitude and transition of the best path into each state.</summary>
    private readonly int[] _steps;

    /// <summary>[coded]: the state after each latent on the path whose symbols the aim has; <see cref="Untraced"/> for none.</summary>
    private readonly byte[] _traced;

    /// <summary>[<see cref="RateTable.Lanes"/>]: cost of the best path into each state so far.</summary>
    private readonly float[] _cost = new float[RateTable.Lanes];

    public TrellisSearch(Prior prior, Dequantizer dequantizer, RateTable rates)
        : this(prior, dequantizer, rates, SimdPaths.Selected) { }

    internal TrellisSearch(Prior prior, Dequantizer dequantizer, RateTable rates, SimdPath path)
    {
        _trellis = prior.Tables.Trellis;
        _shape = dequantizer.Shape;
        _dequantizer = dequantizer;
        _rates = rates;
        _path = path;
        _activations = [0, .. prior.Tables.Activations];
        Effects = new float[_shape.Coded];
        _into = Invert(_trellis);
        _steps = new int[_shape.Coded * RateTable.Lanes];
        _traced = new byte[_shape.Coded];
        _lanes = new LaneTables(_trellis, _into);
    }

    /// <summary>
    /// [coded]: the bits that an activation of 1 of each latent adds to the symbols after it. They are added to the bits of its magnitudes;
    /// 0 unless the caller knows better.
    /// </summary>
    public float[] Effects { get; }

    /// <summary>Computes the magnitude of a latent in steps, always finite: NaN counts as zero, and large values are clamped.</summary>
    public static float Magnitude(float latent, float perStep)
    {
        float magnitude = Math.Abs(latent) * perStep;
        return float.IsNaN(magnitude) ? 0 : Math.Min(magnitude, 2f * SymbolCoder.MaxMagnitude);
    }

    /// <summary>Guesses the magnitude that a search will choose: that of a plain quantizer with a wide dead zone.</summary>
    /// <param name="magnitude">|latent| / Δ.</param>
    public static int Guess(float magnitude) => (int)(0.5f * magnitude + 0.35f);

    /// <summary>Computes the symbol of a magnitude that was chosen for a latent: the magnitude with the latent's sign.</summary>
    public static short Signed(short magnitude, float latent) => latent < 0 ? (short)-magnitude : magnitude;

    /// <summary>Searches the image of a fixed-size model.</summary>
    /// <param name="magnitudes">[coded]: |latent| / Δ, finite.</param>
    /// <param name="scales">[coded]: the scale of each latent.</param>
    /// <param name="lambda">λ: the weight of a bit, 0 or more.</param>
    /// <param name="path">[coded]: the magnitudes chosen; overwritten.</param>
    public void Run(ReadOnlySpan<float> magnitudes, ReadOnlySpan<byte> scales, float lambda, Span<short> path)
    {
        Begin();
        Forward(magnitudes, scales, lambda, 0, magnitudes.Length);
        Trace(path, 0, Least());
    }

    /// <summary>
    /// The cost of the last path of a grid's block: error²/Δ² + λ·bits of the latents that were searched, and of the extent.
    /// </summary>
    public float Cost { get; private set; }

    /// <summary>Searches a block of a grid, and chooses its extent. Predicted latents stay outside the trellis.</summary>
    /// <remarks>
    /// The symbols of the last groups can all turn out to be zero, so the extent of the symbols (<see cref="BlockShape.Extent"/>) can be
    /// smaller than the one that the cost includes.
    /// </remarks>
    /// <param name="magnitudes">
    /// |latent| / Δ, finite, of the latents to search; all later ones are zero. Those of colours are replaced by what is aimed at.
    /// </param>
    /// <param name="scales">The scale of each.</param>
    /// <param name="lambda">λ: the weight of a bit, 0 or more.</param>
    /// <param name="extentBits">[groups + 1]: the bits of each extent.</param>
    /// <param name="aim">
    /// Computes the magnitudes of colours from the symbols of the best path so far: paths of other states have nearly always the same
    /// symbols there. Null where colours are not predicted.
    /// </param>
    /// <param name="path">The magnitudes chosen; overwritten except for those of the predicted latents.</param>
    public void Run(
        Span<float> magnitudes,
        ReadOnlySpan<byte> scales,
        float lambda,
        ReadOnlySpan<float> extentBits,
        ColourAim? aim,
        Span<short> path
    )
    {
        Begin();
        Array.Fill(_traced, Untraced);
        int first = _shape.Predicted;
        float skipped = 0;
        for (int i = first; i < magnitudes.Length; i++)
            skipped += magnitudes[i] * magnitudes[i];
        float best = skipped + lambda * extentBits[0];
        int extent = 0,
            state = 0;
        for (int from = first; from < magnitudes.Length; )
        {
            int reached = from / BlockShape.GroupSize + 1,
                to = _shape.Count(reached),
                waiting = from;
            for (; from < to; from++)
            {
                skipped -= magnitudes[from] * magnitudes[from];
                if (aim is null || !aim.DependsOnSymbols(from))
                    continue;
                Forward(magnitudes, scales, lambda, waiting, from);
                waiting = from;
                Follow(aim, first, from);
                magnitudes[from] = aim.Aim(from);
            }

            Forward(magnitudes, scales, lambda, waiting, to);
            int least = Least();
            float cost = _cost[least] + skipped + lambda * extentBits[reached];
            if (cost < best)
                (best, extent, state) = (cost, reached, least);
        }

        Cost = best;
        int count = _shape.Count(extent);
        path[count..].Clear();
        Trace(path[..count], first, state);
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

    /// <summary>Sets the symbols before a latent to those of the best path so far, back to where they are set already.</summary>
    private void Follow(ColourAim aim, int first, int end)
    {
        int state = Least(),
            from = end;
        while (from > first && _traced[from - 1] != state)
        {
            from--;
            _traced[from] = (byte)state;
            state = (_steps[from * RateTable.Lanes + state] & ((1 << TransitionBits) - 1)) >> 1;
        }

        for (int i = from; i < end; i++)
        {
            int step = _steps[i * RateTable.Lanes + _traced[i]];
            aim.Set(i, step >> TransitionBits, _trellis.Quantizer((step & ((1 << TransitionBits) - 1)) >> 1));
        }
    }

    /// <summary>Follows the best path into a state back to the first latent.</summary>
    private void Trace(Span<short> path, int first, int state)
    {
        for (int i = path.Length - 1; i >= first; i--)
        {
            int step = _steps[i * RateTable.Lanes + state];
            path[i] = (short)(step >> TransitionBits);
            state = (step & ((1 << TransitionBits) - 1)) >> 1;
        }
    }

    /// <summary>Extends the best paths into all states by the latents <paramref name="from"/> to <paramref name="to"/> − 1.</summary>
    [SkipLocalsInit]
    private void ForwardScalar(ReadOnlySpan<float> magnitudes, ReadOnlySpan<byte> scales, float lambda, int from, int to)
    {
        Span<float> branchCost = stackalloc float[2 * Trellis.MaxStates];
        Span<int> branchMagnitude = stackalloc int[2 * Trellis.MaxStates];
        for (int i = from; i < to; i++)
        {
            for (int s = 0; s < _trellis.States; s++)
                Branch(i, s, magnitudes[i], scales[i], lambda, branchCost.Slice(2 * s, 2), branchMagnitude.Slice(2 * s, 2));

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

    /// <summary>
    /// Chooses one state's best magnitude of each parity among zero, which is even, and the two points around the latent.
    /// </summary>
    private void Branch(int latent, int state, float x, int scale, float lambda, Span<float> cost, Span<int> chosen)
    {
        float before = _cost[state];
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
            float total = before + (error * error + lambda * (_rates.Bits(scale, m)[state] + Further(latent, m)));
            if (total < cost[m & 1])
                (cost[m & 1], chosen[m & 1]) = (total, m);
        }
    }

    /// <summary>What a magnitude other than 0 costs, in bits, beside those of the rate table.</summary>
    private float Further(int latent, int magnitude) =>
        _rates.Excess(magnitude) + Effects[latent] * _activations[Math.Min(magnitude, _activations.Length - 1)];

    /// <summary>The state in which the best path ends.</summary>
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
