using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Codec.Simd;

namespace Codec.Transforms;

/// <summary>A non-zero latent.</summary>
/// <param name="Latent">Its index.</param>
/// <param name="Coefficient">The factor of its weights, in grey levels.</param>
internal readonly record struct SparseTerm(int Latent, float Coefficient);

/// <summary>
/// Sums weighted rows, one tile of samples at a time. This file is the specification; there is one file for each vector width.
/// </summary>
/// <remarks>
/// A sample is its origin plus its terms in order, each added by one multiply-add. If the hardware fuses multiply-adds, every path does, so
/// that all paths round alike.
/// </remarks>
internal static partial class SparseSum
{
    /// <summary>
    /// Number of samples in a tile: 8 registers of 512 bits. Rows are padded to whole tiles, so that no path has a remainder loop.
    /// </summary>
    public const int Tile = 128;

    /// <summary>
    /// Whether a multiply-add rounds once. Without hardware support it rounds twice: fusing in software is tens of times slower.
    /// </summary>
    private static bool IsFused
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Fma.IsSupported || AdvSimd.IsSupported;
    }

    /// <summary>Computes the sums.</summary>
    /// <param name="path">The vector width.</param>
    /// <param name="terms">Non-zero latents, ascending.</param>
    /// <param name="tiles">Weights, [tile, latent, <see cref="Tile"/>].</param>
    /// <param name="latents">Number of latents in a tile.</param>
    /// <param name="origin">Initial value of each sum; a whole number of tiles.</param>
    /// <param name="sums">One for each origin; overwritten.</param>
    public static void Compute<T, TLanes>(
        SimdPath path,
        ReadOnlySpan<SparseTerm> terms,
        ReadOnlySpan<T> tiles,
        int latents,
        ReadOnlySpan<float> origin,
        Span<float> sums
    )
        where T : unmanaged
        where TLanes : ILanes<T>
    {
        for (int start = 0; start < origin.Length; start += Tile)
        {
            ReadOnlySpan<T> tile = tiles.Slice(start * latents, Tile * latents);
            ReadOnlySpan<float> begin = origin.Slice(start, Tile);
            Span<float> target = sums.Slice(start, Tile);
            switch (path)
            {
                case SimdPath.Vector512:
                    ComputeTile512<T, TLanes>(terms, tile, begin, target);
                    break;
                case SimdPath.Vector256:
                    ComputeTile256<T, TLanes>(terms, tile, begin, target);
                    break;
                case SimdPath.Vector128:
                    ComputeTile128<T, TLanes>(terms, tile, begin, target);
                    break;
                default:
                    ComputeTile<T, TLanes>(terms, tile, begin, target);
                    break;
            }
        }
    }

    private static void ComputeTile<T, TLanes>(
        ReadOnlySpan<SparseTerm> terms,
        ReadOnlySpan<T> tile,
        ReadOnlySpan<float> origin,
        Span<float> sums
    )
        where T : unmanaged
        where TLanes : ILanes<T>
    {
        origin.CopyTo(sums);
        foreach (SparseTerm term in terms)
        {
            ReadOnlySpan<T> row = tile.Slice(term.Latent * Tile, Tile);
            for (int sample = 0; sample < Tile; sample++)
                sums[sample] = MultiplyAdd(term.Coefficient, TLanes.Load(row[sample]), sums[sample]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float MultiplyAdd(float a, float b, float c) => IsFused ? MathF.FusedMultiplyAdd(a, b, c) : a * b + c;
}
