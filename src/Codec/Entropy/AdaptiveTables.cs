using System.Runtime.CompilerServices;

namespace Codec.Entropy;

/// <summary>
/// A quality's probabilities while an image is coded: they begin as the prior's and adapt to each decision. One instance for each image;
/// not thread-safe. Integers only, so they are the same on every machine.
/// </summary>
internal sealed class AdaptiveTables
{
    private readonly ushort[] _continue;
    private readonly ushort[] _extents;
    private readonly ushort[] _transforms;
    private readonly ushort[] _signs;
    private readonly int _extentBits;
    private readonly int _transformBits;
    private readonly int _scales;
    private readonly int _predicted;

    /// <summary>Copies the prior's probabilities of a quality, for one image.</summary>
    public AdaptiveTables(Prior prior, int quality)
    {
        PriorTables tables = prior.Tables;
        _scales = tables.Scales;
        PriorQuality entry = tables.Qualities[quality];
        _predicted = tables.Grid!.Predicted;
        // An adaptation of 0 keeps probabilities constant; a shift of a 16-bit number by 16 does the same without a branch.
        Shift = tables.Grid.Adaptation == 0 ? 16 : tables.Grid.Adaptation;
        Rows = tables.Trellis.States * _scales;
        _continue = new ushort[entry.Continue.Length];
        for (int i = 0; i < _continue.Length; i++)
            _continue[i % tables.Decisions * Rows + i / tables.Decisions] = entry.Continue[i];
        _extents = [.. entry.Grid!.Extents];
        _transforms = [.. entry.Grid.Transforms];
        _signs = [.. entry.Grid.Signs];
        _transformBits = Prior.TreeBits(tables.Grid.Transforms - 1);
        _extentBits = prior.ShapeOf(quality).ExtentBits;
    }

    /// <summary>A decision moves its probability by its distance to the outcome (0 or 65,536), shifted right by this: 1 to 16.</summary>
    public int Shift { get; }

    /// <summary>States × scales: the distance from one decision of a row to the next in <see cref="Continue"/>.</summary>
    public int Rows { get; }

    /// <summary>
    /// [decisions, states, scales]: the probability that a magnitude that has reached m is larger than m. The first decisions, which end
    /// nearly all symbols, are adjacent, so that they share cache lines.
    /// </summary>
    public Span<ushort> Continue => _continue;

    /// <summary>One entry of <see cref="Continue"/>.</summary>
    public ref ushort ContinueAt(int magnitude, int state, int scale) => ref _continue[magnitude * Rows + state * _scales + scale];

    /// <summary>The nodes of an extent's tree in a context; the root is node 1.</summary>
    public Span<ushort> Extents(int context) => _extents.AsSpan(context << _extentBits, 1 << _extentBits);

    /// <summary>The nodes of a transform's tree in a context; the root is node 1.</summary>
    public Span<ushort> Transforms(int context) => _transforms.AsSpan(context << _transformBits, 1 << _transformBits);

    /// <summary>The probability that a sign is the predicted one.</summary>
    /// <param name="latent">A latent within reach that is not predicted.</param>
    /// <param name="certainty">How certain the prediction is: 0 to <see cref="Prior.Certainties"/> − 1.</param>
    public ref ushort Sign(int latent, int certainty) => ref _signs[(latent - _predicted) * Prior.Certainties + certainty];

    /// <summary>Moves a probability towards the outcome, without a branch on it. It stays within 1..65535.</summary>
    /// <param name="probability">The probability of <c>true</c>, in 65536ths; updated.</param>
    /// <param name="decided">−1 for true, 0 for false.</param>
    /// <param name="shift"><see cref="Shift"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Learn(ref ushort probability, int decided, int shift)
    {
        int p = probability;
        probability = (ushort)(p + (((65536 - p) >> shift) & decided) - ((p >> shift) & ~decided));
    }

    /// <summary>Moves a probability towards the outcome. It stays within 1..65535.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Learn(ref ushort probability, bool decided, int shift) =>
        probability = (ushort)(decided ? Rise(probability, shift) : Fall(probability, shift));

    /// <summary>A probability, in 65536ths, after the outcome <c>true</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Rise(int probability, int shift) => probability + ((65536 - probability) >> shift);

    /// <summary>A probability, in 65536ths, after the outcome <c>false</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Fall(int probability, int shift) => probability - (probability >> shift);
}
