using System.Buffers.Binary;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>
/// Which of a PNG file's chunks say what its colours are. The order is that of the PNG specification (3rd edition, 4.3): cICP, iCCP, sRGB,
/// then gAMA and cHRM. Where that leaves a choice, the rule is Chrome's.
/// </summary>
internal sealed class PngColor(bool isGrey)
{
    private const float ChunkUnit = 100_000;

    private SKColorSpace? _coded;
    private SKColorSpace? _profile;
    private bool _hasProfile;
    private double _gamma;
    private bool _hasChromaticities;

    /// <summary>
    /// The colour space where the decoder does not find it in the chunks; otherwise null. It is the one that a cICP chunk names, unless
    /// Chrome does not support that (samples that are not RGB of the full range, an unknown code), or that of a grey picture's RGB profile.
    /// </summary>
    public SKColorSpace? Space => _coded ?? _profile;

    /// <summary>
    /// Whether gAMA counts. Zero is not a gamma. A gamma within 5 % of 1/2.2 without chromaticities is how older programs say sRGB.
    /// </summary>
    public bool UsesGamma => _gamma > 0 && (_hasChromaticities || _gamma * 2.2 is <= 0.95 or >= 1.05);

    /// <summary>Whether cHRM counts. It says nothing without gAMA, because the samples' curve is not known then.</summary>
    public bool UsesChromaticities => _gamma > 0 && _hasChromaticities;

    /// <summary>Whether <see cref="Add"/> reads chunks of this type.</summary>
    public static bool IsRead(PngChunk chunk) => chunk.Is("cICP"u8) || chunk.Is("iCCP"u8) || chunk.Is("gAMA"u8) || chunk.Is("cHRM"u8);

    /// <summary>Reads a chunk that precedes the palette and the pixels, and whose checksum is right.</summary>
    /// <exception cref="InvalidImageException">The colours are those of an HDR image.</exception>
    public void Add(PngChunk chunk)
    {
        ReadOnlySpan<byte> data = chunk.Data;
        if (chunk.Is("cICP"u8) && data.Length == 4)
            _coded ??= OfCodePoints(data);
        else if (chunk.Is("iCCP"u8) && isGrey && !_hasProfile)
            (_hasProfile, _profile) = (true, OfProfile(data));
        else if (chunk.Is("gAMA"u8) && data.Length == 4 && _gamma == 0)
            _gamma = BinaryPrimitives.ReadUInt32BigEndian(data) / ChunkUnit;
        else if (chunk.Is("cHRM"u8) && data.Length == 32)
            _hasChromaticities |= AreChromaticities(data);
    }

    // ITU-T H.273: primaries, transfer function, matrix (0: RGB), range (1: full).
    private static SKColorSpace? OfCodePoints(ReadOnlySpan<byte> codes)
    {
        if (codes[2] != 0 || codes[3] != 1)
            return null;
        SKColorSpace? space = SKColorSpace.CreateCicp((SKColorspacePrimariesCicp)codes[0], (SKColorspaceTransferFnCicp)codes[1]);
        HighDynamicRange.Refuse(space);
        return space;
    }

    private static SKColorSpace? OfProfile(ReadOnlySpan<byte> data)
    {
        SKColorSpace? space = PngProfile.ReadRgb(data);
        HighDynamicRange.Refuse(space);
        return space;
    }

    // x and y of white, red, green, blue.
    private static bool AreChromaticities(ReadOnlySpan<byte> data)
    {
        Span<float> values = stackalloc float[8];
        for (int i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadUInt32BigEndian(data[(i * 4)..]) / ChunkUnit;
        return new SKColorSpacePrimaries(
            values[2],
            values[3],
            values[4],
            values[5],
            values[6],
            values[7],
            values[0],
            values[1]
        ).ToColorSpaceXyz(out _);
    }
}
