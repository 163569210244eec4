using System.Runtime.Intrinsics;

namespace Codec.Simd;

/// <summary>
/// The vector width to compute with. All widths give the same bytes; the environment variable <c>CODEC_SIMD</c> forces one.
/// </summary>
internal enum SimdPath
{
    /// <summary>Plain C#: the specification.</summary>
    Scalar,

    /// <summary>128-bit vectors: NEON, SSE, WebAssembly.</summary>
    Vector128,

    /// <summary>256-bit vectors: AVX2.</summary>
    Vector256,

    /// <summary>512-bit vectors: AVX-512.</summary>
    Vector512,
}

/// <summary>Selects the path of this process.</summary>
internal static class SimdPaths
{
    /// <summary>Name of the environment variable that forces a path: scalar, 128, 256 or 512.</summary>
    public const string Variable = "CODEC_SIMD";

    /// <summary>The forced path, otherwise the widest that the hardware supports.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Variable"/> is set to another value.</exception>
    public static SimdPath Selected => Select(Environment.GetEnvironmentVariable(Variable));

    /// <summary>
    /// Selects the forced path, otherwise the widest that the hardware supports. A forced path that the hardware lacks runs in software.
    /// </summary>
    /// <param name="forced">Value of the environment variable; null or empty forces nothing.</param>
    /// <exception cref="InvalidOperationException">forced has another value.</exception>
    public static SimdPath Select(string? forced) =>
        forced switch
        {
            null or "" => Widest,
            "scalar" => SimdPath.Scalar,
            "128" => SimdPath.Vector128,
            "256" => SimdPath.Vector256,
            "512" => SimdPath.Vector512,
            _ => throw new InvalidOperationException($"{Variable} is '{forced}'; set it to scalar, 128, 256 or 512, or leave it unset."),
        };

    private static SimdPath Widest =>
        Vector512.IsHardwareAccelerated ? SimdPath.Vector512
        : Vector256.IsHardwareAccelerated ? SimdPath.Vector256
        : Vector128.IsHardwareAccelerated ? SimdPath.Vector128
        : SimdPath.Scalar;
}
