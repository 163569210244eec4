#if !NET9_0_OR_GREATER
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Codec.Simd.Net8;

/// <summary>
/// Operations on vectors that came with .NET 9, for .NET 8. The logarithm is slower here; the others are the same instructions.
/// </summary>
internal static class Net8Vectors
{
    extension(Vector128)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> MinNative(Vector128<float> left, Vector128<float> right) =>
            Sse.IsSupported ? Sse.Min(left, right)
            : AdvSimd.IsSupported ? AdvSimd.Min(left, right)
            : Vector128.ConditionalSelect(Vector128.LessThan(left, right), left, right);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> FusedMultiplyAdd(Vector128<float> left, Vector128<float> right, Vector128<float> addend) =>
            Fma.IsSupported ? Fma.MultiplyAdd(left, right, addend) : AdvSimd.FusedMultiplyAdd(addend, left, right);
    }

    extension(Vector256)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> MinNative(Vector256<float> left, Vector256<float> right) =>
            Avx.IsSupported ? Avx.Min(left, right) : Vector256.ConditionalSelect(Vector256.LessThan(left, right), left, right);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> MaxNative(Vector256<float> left, Vector256<float> right) =>
            Avx.IsSupported ? Avx.Max(left, right) : Vector256.ConditionalSelect(Vector256.GreaterThan(left, right), left, right);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> FusedMultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> addend) =>
            Fma.IsSupported
                ? Fma.MultiplyAdd(left, right, addend)
                : Vector256.Create(
                    Vector128.FusedMultiplyAdd(left.GetLower(), right.GetLower(), addend.GetLower()),
                    Vector128.FusedMultiplyAdd(left.GetUpper(), right.GetUpper(), addend.GetUpper())
                );

        /// <summary>Picks lanes by index; the indices are 0 to 7.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> ShuffleNative(Vector256<float> vector, Vector256<int> indices) =>
            Avx2.IsSupported ? Avx2.PermuteVar8x32(vector, indices) : Vector256.Shuffle(vector, indices);

        public static Vector256<float> Log2(Vector256<float> vector)
        {
            for (int lane = 0; lane < Vector256<float>.Count; lane++)
                vector = vector.WithElement(lane, MathF.Log2(vector[lane]));
            return vector;
        }
    }

    extension(Vector512)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> FusedMultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> addend) =>
            Avx512F.IsSupported
                ? Avx512F.FusedMultiplyAdd(left, right, addend)
                : Vector512.Create(
                    Vector256.FusedMultiplyAdd(left.GetLower(), right.GetLower(), addend.GetLower()),
                    Vector256.FusedMultiplyAdd(left.GetUpper(), right.GetUpper(), addend.GetUpper())
                );
    }
}
#endif
