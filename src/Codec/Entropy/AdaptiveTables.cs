using System.Runtime.CompilerServices;

namespace Codec.Entropy;

/// <summary>
/// A quality's probabilities as they follow one image: they begin with the prior's. Integers, hence the same on every machine.
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
    private readonly int _coded;
    private readonly int _predicted;

    /// <summary>Begins an image.</summary>
    public AdaptiveTables(Prior prior, int quality)
    {
        PriorTables tables = prior.Tables;
        _scales = tables.Scales;
        PriorQuality entry = tables.Qualities[quality];
        _coded = entry.Coded;
        _predicted = tables.Grid!.Predicted;
        // A shift of 16 moves nothing, which is what 0 asks for.
        Shift = tables.Grid.Adaptation == 0 ? 16 : tables.Grid.Adaptation;
        Rows = tables.Trellis.States * _scales;
        _continue = new ushort[entry.Continue.Length];
        for (int i = 0; i < _continue.Length; i++)
            _continue[i % tables.Decisions * Rows + i / tables.Decisions] = entry.Continue[i];
        _extents = [.. entry.Grid!.Extents];
        _transforms = [.. entry.Grid.Transforms];
        _signs = [.. entry.Grid.Signs];
        _transformBits = Prior.TransformBits(tables.Grid.Transforms);
        Groups = Prior.Groups(_coded);
        _extentBits = Prior.ExtentBits(Groups);
    }

    /// <summary>Largest extent.</summary>
    public int Groups { get; }

    /// <summary>Latents that are coded in a block of an extent: those that are predicted always are.</summary>
    public int CountOf(int extent) => Math.Max(_predicted, Math.Min(extent * Prior.GroupSize, _coded));

    /// <summary>How far a probability's distance is shifted before it moves by it.</summary>
    public int Shift { get; }

    /// <summary>States times scales: from one decision of a row to its next.</summary>
    public int Rows { get; }

    /// <summary>
    /// All decisions, [decisions, states, scales]: the first ones, which nearly all symbols end with, lie close together.
    /// </summary>
    public Span<ushort> Decisions => _continue;

    /// <summary>The probability that a magnitude which has reached this one is larger.</summary>
    public ref ushort Decision(int magnitude, int state, int scale) => ref _continue[magnitude * Rows + state * _scales + scale];

    /// <summary>The nodes of an extent's tree, in a context; the root is node 1.</summary>
    public Span<ushort> Extents(int context) => _extents.AsSpan(context << _extentBits, 1 << _extentBits);

    /// <summary>The nodes of a transform's tree, in a context; the root is node 1.</summary>
    public Span<ushort> Transforms(int context) => _transforms.AsSpan(context << _transformBits, 1 << _transformBits);

    /// <summary>How probable it is that a sign is the foreseen one.</summary>
    /// <param name="latent">A latent within reach that is not predicted.</param>
    /// <param name="certainty">How certain it is.</param>
    public ref ushort Sign(int latent, int certainty) => ref _signs[(latent - _predicted) * Prior.Certainties + certainty];

    /// <inheritdoc cref="Learn(ref ushort, bool, int)"/>
    /// <param name="probability">The probability.</param>
    /// <param name="decided">−1 for true, 0 for false: no branch is taken.</param>
    /// <param name="shift"><see cref="Shift"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Learn(ref ushort probability, int decided, int shift)
    {
        int p = probability;
        probability = (ushort)(p + (((65536 - p) >> shift) & decided) - ((p >> shift) & ~decided));
    }

    /// <summary>Moves a probability towards what was decided. It stays within 1..65535.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Learn(ref ushort probability, bool decided, int shift)
    {
        int p = probability;
        probability = (ushort)(decided ? p + ((65536 - p) >> shift) : p - (p >> shift));
    }
}
