using System.Runtime.Intrinsics;
using Codec.Entropy;

namespace Codec.Quantization;

/// <summary>
/// The vector path: lane s holds state s; a lane without a state holds an infinite cost. The operations and their order are those of the
/// plain path, so the result is the same.
/// </summary>
internal sealed partial class TrellisSearch
{
    private readonly LaneTables _lanes;

    private void ForwardVector(ReadOnlySpan<float> magnitudes, ReadOnlySpan<byte> scales, float lambda, int from, int to)
    {
        Vector256<float> infinity = Vector256.Create(float.PositiveInfinity);
        Vector256<float> cost = Vector256.Create<float>(_cost);
        Vector256<float> weight = Vector256.Create(lambda);
        for (int i = from; i < to; i++)
        {
            float x = magnitudes[i];
            int scale = scales[i];
            Vector256<float> even = cost + (Vector256.Create(x * x) + weight * Vector256.Create(_rates.Bits(scale, 0)));
            Vector256<float> odd = infinity;
            Vector256<int> evenMagnitude = default,
                oddMagnitude = default;
            if (x >= Insignificant)
            {
                int below0 = (int)(x * 0.5f),
                    below1 = (int)((x + 1) * 0.5f);
                for (int m = Math.Max(1, below0); m <= Math.Min(below1 + 1, SymbolCoder.MaxMagnitude); m++)
                {
                    // Each quantizer tries only its two points around the latent.
                    Vector256<float> square = Vector256.ConditionalSelect(
                        _lanes.Quantizer1,
                        Vector256.Create(Square(1, m, below1, x)),
                        Vector256.Create(Square(0, m, below0, x))
                    );
                    Vector256<float> bits = Vector256.Create(_rates.Bits(scale, m)) + Vector256.Create(Further(i, m));
                    Vector256<float> total = cost + (square + weight * bits);
                    if ((m & 1) == 0)
                        Keep(total, m, ref even, ref evenMagnitude);
                    else
                        Keep(total, m, ref odd, ref oddMagnitude);
                }
            }

            // Two transitions lead into every state; each lane fetches the costs of its own two.
            Vector256<float> first = Fetch(even, odd, _lanes.FirstState, _lanes.FirstIsOdd);
            Vector256<float> second = Fetch(even, odd, _lanes.SecondState, _lanes.SecondIsOdd);
            Vector256<int> firstMagnitude = Fetch(evenMagnitude.AsSingle(), oddMagnitude.AsSingle(), _lanes.FirstState, _lanes.FirstIsOdd)
                .AsInt32();
            Vector256<int> secondMagnitude = Fetch(
                    evenMagnitude.AsSingle(),
                    oddMagnitude.AsSingle(),
                    _lanes.SecondState,
                    _lanes.SecondIsOdd
                )
                .AsInt32();
            Vector256<float> later = Vector256.LessThan(second, first);
            cost = Vector256.ConditionalSelect(later, second, first);
            Vector256<int> step = Vector256.ConditionalSelect(
                later.AsInt32(),
                secondMagnitude << TransitionBits | _lanes.SecondTransition,
                firstMagnitude << TransitionBits | _lanes.FirstTransition
            );
            step.CopyTo(_steps.AsSpan(i * RateTable.Lanes));
        }

        cost.CopyTo(_cost);
    }

    private float Square(int quantizer, int magnitude, int below, float x)
    {
        if (magnitude - below is not (0 or 1))
            return float.PositiveInfinity;
        float error = x - _dequantizer.Point(Math.Min(quantizer, _trellis.Quantizers - 1), magnitude);
        return error * error;
    }

    private static void Keep(Vector256<float> total, int magnitude, ref Vector256<float> best, ref Vector256<int> chosen)
    {
        Vector256<float> better = Vector256.LessThan(total, best);
        best = Vector256.ConditionalSelect(better, total, best);
        chosen = Vector256.ConditionalSelect(better.AsInt32(), Vector256.Create(magnitude), chosen);
    }

    private static Vector256<float> Fetch(Vector256<float> even, Vector256<float> odd, Vector256<int> state, Vector256<float> isOdd) =>
        Vector256.ConditionalSelect(isOdd, Vector256.ShuffleNative(odd, state), Vector256.ShuffleNative(even, state));

    /// <summary>The trellis by target lane: the state, parity and number of the two transitions that lead into it.</summary>
    private sealed class LaneTables
    {
        public LaneTables(Trellis trellis, ReadOnlySpan<byte> into)
        {
            Span<int> quantizer = stackalloc int[RateTable.Lanes];
            Span<int> first = stackalloc int[RateTable.Lanes];
            Span<int> second = stackalloc int[RateTable.Lanes];
            for (int lane = 0; lane < RateTable.Lanes; lane++)
            {
                // A lane without a state has transitions from itself only, so its cost stays infinite.
                bool isState = lane < trellis.States;
                quantizer[lane] = isState && trellis.Quantizer(lane) == 1 ? -1 : 0;
                first[lane] = isState ? into[2 * lane] : 2 * lane;
                second[lane] = isState ? into[2 * lane + 1] : 2 * lane + 1;
            }

            Quantizer1 = Vector256.Create<int>(quantizer).AsSingle();
            FirstTransition = Vector256.Create<int>(first);
            SecondTransition = Vector256.Create<int>(second);
            (FirstState, FirstIsOdd) = Split(FirstTransition);
            (SecondState, SecondIsOdd) = Split(SecondTransition);
        }

        public Vector256<float> Quantizer1 { get; }

        public Vector256<int> FirstTransition { get; }

        public Vector256<int> SecondTransition { get; }

        public Vector256<int> FirstState { get; }

        public Vector256<int> SecondState { get; }

        public Vector256<float> FirstIsOdd { get; }

        public Vector256<float> SecondIsOdd { get; }

        private static (Vector256<int> State, Vector256<float> IsOdd) Split(Vector256<int> transition) =>
            (transition >> 1, Vector256.Equals(transition & Vector256<int>.One, Vector256<int>.One).AsSingle());
    }
}
