using System.Buffers.Binary;

namespace Codec.Imaging;

/// <summary>Refuses kinds of JPEG that the decoder does not support, by the name of the kind.</summary>
internal static class JpegFrame
{
    // Frame: bits a sample, height and width (16 bits each), number of components, components.
    private const int FixedLength = 6;

    /// <param name="marker">The marker of the frame.</param>
    /// <param name="frame">The frame without its marker and length.</param>
    /// <exception cref="InvalidImageException">The kind is not supported.</exception>
    public static void Check(byte marker, ReadOnlySpan<byte> frame)
    {
        if (Process(marker) is { } process)
            throw Unsupported($"is {process}", "Save it as a baseline or progressive JPEG.");
        if (frame.Length < FixedLength)
            throw new InvalidImageException("The JPEG file's frame header is damaged.");
        if (frame[0] != 8)
            throw Unsupported($"has {frame[0]} bits a sample", "8 are supported: save it with 8.");
        if (BinaryPrimitives.ReadUInt16BigEndian(frame[1..]) == 0)
            throw Unsupported("declares its height after its pixels (DNL)", "Save it with the height in its header.");
        if (frame[5] is not (1 or 3 or 4))
            throw Unsupported($"has {frame[5]} components", "1 (grey), 3 (colour) and 4 (CMYK) are supported.");
    }

    private static string? Process(byte marker) =>
        marker switch
        {
            0xC0 or 0xC1 or 0xC2 or 0xC9 or 0xCA => null,
            0xC3 or 0xCB => "a lossless JPEG",
            0xF7 => "a JPEG-LS file",
            _ => "a hierarchical JPEG",
        };

    private static InvalidImageException Unsupported(string what, string remedy) =>
        new($"The JPEG file {what}, which is not supported. {remedy}");
}
