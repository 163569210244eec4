using System.Runtime.Intrinsics;
using Codec.Images;

namespace Codec.Transforms;

/// <summary>Converts between bytes and a graph's floats: float = byte · scale + offset.</summary>
/// <remarks>
/// Conversion to a byte rounds grey = (float − offset) / scale to the nearest integer, halves up (⌊grey + ½⌋), and clamps it to 0..255; NaN
/// gives 0. <see cref="LinearSynthesis"/> rounds the same way.
/// </remarks>
internal sealed class PixelScaling
{
    private readonly float[] _floats = new float[256];
    private readonly ImageGeometry _geometry;
    private readonly float _slope;
    private readonly float _origin;

    public PixelScaling(ImageGeometry geometry)
    {
        _geometry = geometry;
        for (int value = 0; value < _floats.Length; value++)
            _floats[value] = value * geometry.Scale + geometry.Offset;
        (_slope, _origin) = ((float)(1.0 / geometry.Scale), (float)(0.5 - geometry.Offset / (double)geometry.Scale));
    }

    /// <summary>Converts bytes to a graph's floats.</summary>
    /// <param name="pixels">8-bit samples.</param>
    /// <param name="floats">The same number of floats; overwritten.</param>
    public void ToFloats(ReadOnlySpan<byte> pixels, Span<float> floats)
    {
        CheckLengths(pixels.Length, floats.Length);
        ReadOnlySpan<float> table = _floats;
        for (int index = 0; index < pixels.Length; index++)
            floats[index] = table[pixels[index]];
    }

    /// <summary>Converts grey levels to a graph's floats, in place.</summary>
    public void Scale(Span<float> greys)
    {
        for (int index = 0; index < greys.Length; index++)
            greys[index] = greys[index] * _geometry.Scale + _geometry.Offset;
    }

    /// <summary>Converts a graph's floats to bytes.</summary>
    /// <param name="floats">Samples in the graph's unit.</param>
    /// <param name="pixels">The same number of bytes; overwritten.</param>
    public void ToBytes(ReadOnlySpan<float> floats, Span<byte> pixels)
    {
        CheckLengths(pixels.Length, floats.Length);
        for (int index = 0; index < floats.Length; index++)
            pixels[index] = Truncate(floats[index] * _slope + _origin);
    }

    /// <summary>Computes ⌊value⌋ clamped to 0..255; NaN gives 0. A value of grey + ½ gives the rounded grey.</summary>
    public static byte Truncate(float value) => value > 0 ? (byte)(int)Math.Min(value, 255) : (byte)0;

    /// <summary>Truncates many values.</summary>
    /// <param name="values">Grey levels + ½.</param>
    /// <param name="pixels">The same number of bytes; overwritten.</param>
    public static void Truncate(ReadOnlySpan<float> values, Span<byte> pixels)
    {
        CheckLengths(pixels.Length, values.Length);
        int index = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // Byte i of 16 comes from lane i % 4 of vector i / 4. The plain loop below handles the rest, fewer than 16.
            for (; index <= values.Length - Vector128<byte>.Count; index += Vector128<byte>.Count)
            {
                ReadOnlySpan<float> lanes = values[index..];
                Vector128<ushort> low = Vector128.Narrow(Truncate(lanes), Truncate(lanes[4..])),
                    high = Vector128.Narrow(Truncate(lanes[8..]), Truncate(lanes[12..]));
                Vector128.Narrow(low, high).CopyTo(pixels[index..]);
            }
        }

        for (; index < values.Length; index++)
            pixels[index] = Truncate(values[index]);
    }

    /// <summary>Truncates four values. A lane that is not above 0, NaN included, gives 0.</summary>
    private static Vector128<uint> Truncate(ReadOnlySpan<float> lanes)
    {
        Vector128<float> values = Vector128.Create(lanes);
        values = Vector128.ConditionalSelect(
            Vector128.GreaterThan(values, Vector128<float>.Zero),
            Vector128.MinNative(values, Vector128.Create(255f)),
            Vector128<float>.Zero
        );
        return Vector128.ConvertToInt32(values).AsUInt32();
    }

    private static void CheckLengths(int pixels, int floats)
    {
        if (pixels != floats)
            throw new ArgumentException($"{pixels} bytes and {floats} floats; both lengths must be equal.");
    }
}
