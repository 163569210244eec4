namespace Codec.Imaging;

/// <summary>The codes of JPEG's markers (ITU-T T.81, table B.1), as far as they are told apart.</summary>
internal static class JpegMarker
{
    public const byte EndOfImage = 0xD9;
    public const byte Exif = 0xE1;
    public const byte Profile = 0xE2;

    private const byte HuffmanTables = 0xC4;
    private const byte Extension = 0xC8;
    private const byte ArithmeticConditioning = 0xCC;
    private const byte JpegLsFrame = 0xF7;
    private const byte Jfif = 0xE0;
    private const byte Adobe = 0xEE;
    private const byte Comment = 0xFE;

    /// <summary>Whether no segment follows: the start of the image, restarts, and TEM.</summary>
    public static bool IsAlone(byte marker) => marker is 0x01 or >= 0xD0 and <= 0xD8;

    /// <summary>Whether the segment declares the size of the picture and how it is coded.</summary>
    public static bool IsFrame(byte marker) =>
        (marker is >= 0xC0 and <= 0xCF and not (HuffmanTables or Extension or ArithmeticConditioning)) || marker == JpegLsFrame;

    /// <summary>Whether the segment belongs to applications, apart from those that name the colours of the samples.</summary>
    public static bool IsMetadata(byte marker) => marker is (>= 0xE0 and <= 0xEF and not (Jfif or Adobe)) or Comment;
}
