namespace Codec;

/// <summary>Frames: many codes in one message, with their header paid once (docs/format.md, Frame).</summary>
public static class CodeFrame
{
    /// <summary>Writes a frame.</summary>
    /// <param name="quality">The quality of all codes.</param>
    /// <param name="codes">1 to <see cref="ModelLimits.MaxCodesPerFrame"/> codes of one version.</param>
    /// <param name="checksum">Whether to append a CRC-32: for codes that are stored.</param>
    /// <param name="version">Names the version inside the frame: for frames that travel alone.</param>
    /// <exception cref="ArgumentException">There are too few or too many codes, or the frame would exceed <see cref="ModelLimits.MaxFrameBytes"/>.</exception>
    public static byte[] Write(int quality, IReadOnlyList<ReadOnlyMemory<byte>> codes, bool checksum = false, Digest? version = null) =>
        throw new NotImplementedException();

    /// <summary>Reads a frame's header and verifies its checksum, without a model.</summary>
    /// <exception cref="InvalidCodeException">The frame is malformed or damaged.</exception>
    public static FrameHeader ReadHeader(ReadOnlySpan<byte> frame) => throw new NotImplementedException();
}

/// <summary>What a frame says of its codes.</summary>
/// <param name="Quality">The quality of all of them.</param>
/// <param name="Count">How many there are: 1 to <see cref="ModelLimits.MaxCodesPerFrame"/>.</param>
/// <param name="Version">The version, where the frame names it.</param>
/// <param name="Codes">Where in the frame the codes are: back to back, each ending where its last symbol ends.</param>
/// <param name="HasChecksum">Whether the frame ends with a CRC-32.</param>
public readonly record struct FrameHeader(int Quality, int Count, Digest? Version, Range Codes, bool HasChecksum);
