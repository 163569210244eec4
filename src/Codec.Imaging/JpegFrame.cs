using System.Buffers.Binary;
using Codec.Images;

namespace Codec.Imaging;

/// <summary>Reads the frame header of a JPEG file, and refuses kinds that the decoder does not support, by the name of the kind.</summary>
internal static class JpegFrame
{
    // Frame: bits a sample, height and width (16 bits each), number of components, components.
    private const int FixedLength = 6;

    /// <summary>Checks a frame; returns what it declares.</summary>
    /// <param name="marker">The marker of the frame.</param>
    /// <param name="frame">The frame without its marker and length.</param>
    /// <exception cref="InvalidImageException">The kind is not supported.</exception>
    public static FileHeader Check(byte marker, ReadOnlySpan<byte> frame)
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
        return FileHeader.Of(SizeOf(frame), marker is 0xC2 or 0xCA ? Coefficients(frame) : 0);
    }

    private static ImageSize SizeOf(ReadOnlySpan<byte> frame) =>
        new(BinaryPrimitives.ReadUInt16BigEndian(frame[3..]), BinaryPrimitives.ReadUInt16BigEndian(frame[1..]));

    /// <summary>Bytes of all coefficients, which a progressive file refines scan by scan: 16 bits each, in blocks of 8×8.</summary>
    private static long Coefficients(ReadOnlySpan<byte> frame)
    {
        // A component: its id, its sampling (4 bits across, 4 bits down), its quantizer. Blocks are padded to whole units of all
        // components.
        ReadOnlySpan<byte> components = frame[FixedLength..];
        if (components.Length < 3 * frame[5])
            throw new InvalidImageException("The JPEG file's frame header is damaged.");
        int across = 1,
            down = 1,
            blocks = 0;
        for (int i = 0; i < frame[5]; i++)
        {
            (int x, int y) = (components[3 * i + 1] >> 4, components[3 * i + 1] & 15);
            (across, down) = (Math.Max(across, x), Math.Max(down, y));
            blocks += x * y;
        }

        ImageSize size = SizeOf(frame);
        long units = Units(size.Width, across) * Units(size.Height, down);
        return units * blocks * 64 * sizeof(short);
    }

    private static long Units(int length, int blocks) => (length + 8 * blocks - 1) / (8 * blocks);

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
