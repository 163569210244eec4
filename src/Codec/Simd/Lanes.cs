using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Codec.Simd;

/// <summary>Converts weights of one type to floats, one or a vector at a time; lane i is the i-th weight after the reference.</summary>
internal interface ILanes<T>
    where T : unmanaged
{
    static abstract float Load(T weight);

    static abstract Vector128<float> Load128(ref T weights);

    static abstract Vector256<float> Load256(ref T weights);

    static abstract Vector512<float> Load512(ref T weights);
}

/// <summary>Loads weights that are floats.</summary>
internal readonly struct FloatLanes : ILanes<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(float weight) => weight;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load128(ref float weights) => Vector128.LoadUnsafe(ref weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(ref float weights) => Vector256.LoadUnsafe(ref weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load512(ref float weights) => Vector512.LoadUnsafe(ref weights);
}

/// <summary>Loads weights that are int8: sign-extended to int32, then converted, which is exact.</summary>
/// <remarks>x86 extends 4, 8 or 16 bytes to a whole vector in one instruction; other hardware widens to int16 first.</remarks>
internal readonly struct Int8Lanes : ILanes<sbyte>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(sbyte weight) => weight;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load128(ref sbyte weights)
    {
        Vector128<sbyte> bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int>(ref Unsafe.As<sbyte, byte>(ref weights))).AsSByte();
        return Vector128.ConvertToSingle(
            Sse41.IsSupported ? Sse41.ConvertToVector128Int32(bytes) : Vector128.WidenLower(Vector128.WidenLower(bytes))
        );
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(ref sbyte weights)
    {
        Vector128<sbyte> bytes = Vector128
            .CreateScalarUnsafe(Unsafe.ReadUnaligned<long>(ref Unsafe.As<sbyte, byte>(ref weights)))
            .AsSByte();
        if (Avx2.IsSupported)
            return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(bytes));
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.WidenLower(bytes));
        return Vector256.ConvertToSingle(Vector256.Create(low, high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load512(ref sbyte weights)
    {
        if (Avx512F.IsSupported)
            return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref weights)));
        return Vector512.Create(Load256(ref weights), Load256(ref Unsafe.Add(ref weights, Vector256<float>.Count)));
    }
}
