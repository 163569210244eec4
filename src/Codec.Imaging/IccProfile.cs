using System.Buffers.Binary;
using SkiaSharp;

namespace Codec.Imaging;

/// <summary>Writes the ICC profile (version 4.3) of a colour space, for decoders that read profiles only.</summary>
internal static class IccProfile
{
    private const int HeaderLength = 128;
    private const int TagLength = 12;
    private const int XyzLength = 20;
    private const int CurveLength = 40;

    // The illuminant of every profile, D50, as the specification rounds it.
    private static readonly float[] D50 = [0.9642f, 1f, 0.8249f];

    /// <summary>Writes a profile of primaries and a curve, or, for grey, of a curve alone.</summary>
    public static byte[] Write(SKColorSpace space, bool grey)
    {
        SKColorSpaceXyz primaries = space.ToColorSpaceXyz();
        float[] curve = space.GetNumericalTransferFunction().Values;
        string[] curveTags = grey ? ["kTRC"] : ["rTRC", "gTRC", "bTRC"];
        string[] primaryTags = grey ? [] : ["rXYZ", "gXYZ", "bXYZ"];

        int tags = HeaderLength + 4,
            curveAt = tags + TagLength * (curveTags.Length + primaryTags.Length),
            at = curveAt + CurveLength;
        var profile = new byte[at + XyzLength * primaryTags.Length];
        WriteHeader(profile, grey);
        WriteInteger(profile, HeaderLength, curveTags.Length + primaryTags.Length);
        foreach (string tag in curveTags)
            tags = WriteTag(profile, tags, tag, curveAt, CurveLength);
        // The curve's kind 4: y = (a·x + b)^g + e from d on, c·x + f below. Stored g, a, b, c, d, e, f.
        WriteText(profile, curveAt, "para");
        profile[curveAt + 9] = 4;
        WriteNumbers(profile, curveAt + 12, curve);
        for (int i = 0; i < primaryTags.Length; i++, at += XyzLength)
        {
            tags = WriteTag(profile, tags, primaryTags[i], at, XyzLength);
            WriteText(profile, at, "XYZ ");
            WriteNumbers(profile, at + 8, primaries[i, 0], primaries[i, 1], primaries[i, 2]);
        }

        return profile;
    }

    private static void WriteHeader(byte[] profile, bool grey)
    {
        WriteInteger(profile, 0, profile.Length);
        WriteInteger(profile, 8, 0x0430_0000);
        WriteText(profile, 12, "mntr");
        WriteText(profile, 16, grey ? "GRAY" : "RGB ");
        WriteText(profile, 20, "XYZ ");
        WriteText(profile, 36, "acsp");
        WriteNumbers(profile, 68, D50);
    }

    private static int WriteTag(byte[] profile, int at, string name, int offset, int length)
    {
        WriteText(profile, at, name);
        WriteInteger(profile, at + 4, offset);
        WriteInteger(profile, at + 8, length);
        return at + TagLength;
    }

    // Numbers have 16 bits after the binary point.
    private static void WriteNumbers(byte[] profile, int at, params ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
            WriteInteger(profile, at + i * 4, (int)MathF.Round(values[i] * 65536));
    }

    private static void WriteInteger(byte[] profile, int at, int value) => BinaryPrimitives.WriteInt32BigEndian(profile.AsSpan(at), value);

    private static void WriteText(byte[] profile, int at, string text) => System.Text.Encoding.ASCII.GetBytes(text, profile.AsSpan(at));
}
