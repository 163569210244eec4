using Codec.Errors;

namespace Codec.Entropy;

/// <summary>
/// The state machine of dependent quantization (Marcellin and Fischer 1990; Schwarz et al. 2019, as in VVC). The parities of the magnitudes
/// before a latent select one of two interleaved quantizers for it; over several latents the reachable points are packed more densely than
/// those of a uniform quantizer at the same rate.
/// </summary>
/// <remarks>
/// Quantizer 0 has the points 2m, quantizer 1 the points 2m − 1 and zero, in steps; m is the coded magnitude. A block begins in state 0;
/// after each latent the state is <c>next(state, m mod 2)</c>. One state with quantizer 0 is the uniform quantizer.
/// </remarks>
internal sealed class Trellis
{
    /// <summary>Largest number of states.</summary>
    public const int MaxStates = 8;

    private readonly byte[] _next;
    private readonly byte[] _quantizer;

    /// <summary>Creates a trellis from tables, after checking them.</summary>
    /// <param name="next">[states, 2]: the next state, by parity.</param>
    /// <param name="quantizer">[states]: 0 or 1.</param>
    /// <exception cref="InvalidModelException">A size or value is outside its range.</exception>
    public Trellis(ReadOnlySpan<byte> next, ReadOnlySpan<byte> quantizer)
    {
        if (quantizer.Length is < 1 or > MaxStates || next.Length != 2 * quantizer.Length)
        {
            throw new InvalidModelException(
                "prior",
                $"a trellis of {quantizer.Length} states with {next.Length} transitions; 1 to {MaxStates} states with two transitions each are allowed."
            );
        }

        if (next.ContainsAnyExceptInRange((byte)0, (byte)(quantizer.Length - 1)))
            throw new InvalidModelException("prior", $"a transition leads outside the trellis's {quantizer.Length} states.");
        if (quantizer.ContainsAnyExceptInRange((byte)0, (byte)1))
            throw new InvalidModelException("prior", "a state's quantizer is neither 0 nor 1.");
        for (int state = 0; state < quantizer.Length; state++)
        {
            int transitions = next.Count((byte)state);
            if (transitions != 2)
                throw new InvalidModelException("prior", $"{transitions} transitions lead into state {state}; exactly two are allowed.");
        }

        _next = next.ToArray();
        _quantizer = quantizer.ToArray();
        Quantizers = 1 + quantizer.ToArray().Max();
    }

    /// <summary>One state: the uniform quantizer of step 2.</summary>
    public static Trellis Uniform { get; } = new([0, 0], [0]);

    /// <summary>
    /// Eight states: Ungerboeck's trellis (1982). On faces its codes are 6 % smaller than those of one state at the same PSNR.
    /// </summary>
    public static Trellis EightStates { get; } = new([0, 1, 2, 3, 5, 4, 7, 6, 1, 0, 3, 2, 4, 5, 6, 7], [0, 1, 0, 1, 0, 1, 0, 1]);

    /// <summary>The number of states.</summary>
    public int States => _quantizer.Length;

    /// <summary>The number of quantizers: 1 or 2.</summary>
    public int Quantizers { get; }

    /// <summary>The state after a latent of this magnitude.</summary>
    public int Next(int state, int magnitude) => _next[2 * state + (magnitude & 1)];

    /// <summary>The quantizer of a state.</summary>
    public int Quantizer(int state) => _quantizer[state];

    internal ReadOnlySpan<byte> Transitions => _next;

    internal ReadOnlySpan<byte> StateQuantizers => _quantizer;
}
