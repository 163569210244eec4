using System.Runtime.Intrinsics;

namespace Codec.Transforms.Programs;

/// <summary>
/// An operation on pairs of elements, one pair or a vector at a time. Each result is rounded once, so every path gives the same floats.
/// </summary>
internal interface IElementwise
{
    static abstract float Apply(float left, float right);

    static abstract Vector256<float> Apply(Vector256<float> left, Vector256<float> right);
}

/// <summary>Copies left.</summary>
internal readonly struct Copied : IElementwise
{
    public static float Apply(float left, float right) => left;

    public static Vector256<float> Apply(Vector256<float> left, Vector256<float> right) => left;
}

/// <summary>left + right.</summary>
internal readonly struct Sum : IElementwise
{
    public static float Apply(float left, float right) => left + right;

    public static Vector256<float> Apply(Vector256<float> left, Vector256<float> right) => left + right;
}

/// <summary>left − right.</summary>
internal readonly struct Difference : IElementwise
{
    public static float Apply(float left, float right) => left - right;

    public static Vector256<float> Apply(Vector256<float> left, Vector256<float> right) => left - right;
}

/// <summary>left · right.</summary>
internal readonly struct Product : IElementwise
{
    public static float Apply(float left, float right) => left * right;

    public static Vector256<float> Apply(Vector256<float> left, Vector256<float> right) => left * right;
}
