using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Codec.Binary;
using Codec.Errors;
using Codec.Models;

namespace Codec.Frames;

/// <summary>Writes and reads frames: many codes in one message that share one header (docs/format.md, Frame).</summary>
public static class CodeFrame
{
    internal const byte FormatVersion = 1;
    private const int ChecksumFlag = 1;
    private const int VersionFlag = 2;
    private const int InfoFlag = 4;
    private const int ChecksumBytes = sizeof(uint);
    private const int DigestBytes = 32;

    /// <summary>Writes a frame.</summary>
    /// <param name="quality">The quality of all codes: 0 to <see cref="ModelLimits.MaxQualities"/> − 1.</param>
    /// <param name="codes">1 to <see cref="ModelLimits.MaxCodesPerFrame"/> codes of one version.</param>
    /// <param name="checksum">Whether to append a CRC-32, for frames that are stored.</param>
    /// <param name="version">The version to name in the frame, for frames that travel without other context; null names none.</param>
    /// <param name="info">Keys, times, headers and gaps of the codes; null for none.</param>
    /// <returns>The frame's bytes, owned by the caller.</returns>
    /// <exception cref="ArgumentException">
    /// There are too few or too many codes, the frame would exceed <see cref="ModelLimits.MaxFrameBytes"/>, or a value of the info is
    /// outside its bounds.
    /// </exception>
    public static byte[] Write(
        int quality,
        IReadOnlyList<ReadOnlyMemory<byte>> codes,
        bool checksum = false,
        Digest? version = null,
        FrameInfo? info = null
    )
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(quality, ModelLimits.MaxQualities);
        if (codes.Count is < 1 or > ModelLimits.MaxCodesPerFrame)
        {
            throw new ArgumentException(
                $"A frame holds 1 to {ModelLimits.MaxCodesPerFrame} codes, not {codes.Count}; write several frames.",
                nameof(codes)
            );
        }

        ReadOnlySpan<byte> block = info is null ? [] : InfoBlock.Write(info, codes.Count);
        var blockLength = new ArrayBufferWriter<byte>();
        if (!block.IsEmpty)
            WideVarint.Write((ulong)block.Length, blockLength);
        long size =
            2L
            + Varint.Length(codes.Count)
            + (version is null ? 0 : DigestBytes)
            + blockLength.WrittenCount
            + block.Length
            + codes.Sum(code => (long)code.Length)
            + (checksum ? ChecksumBytes : 0);
        if (size > ModelLimits.MaxFrameBytes)
        {
            throw new ArgumentException(
                $"The frame would have {size} bytes; at most {ModelLimits.MaxFrameBytes} are allowed; write several frames.",
                nameof(codes)
            );
        }

        byte[] frame = new byte[size];
        int flags = (checksum ? ChecksumFlag : 0) | (version is null ? 0 : VersionFlag) | (block.IsEmpty ? 0 : InfoFlag);
        frame[0] = (byte)(FormatVersion << 4 | flags);
        frame[1] = (byte)quality;
        int position = 2 + Varint.Write(codes.Count, frame.AsSpan(2));
        if (version is { } digest)
        {
            digest.ToBytes().CopyTo(frame, position);
            position += DigestBytes;
        }

        blockLength.WrittenSpan.CopyTo(frame.AsSpan(position));
        block.CopyTo(frame.AsSpan(position + blockLength.WrittenCount));
        position += blockLength.WrittenCount + block.Length;
        foreach (ReadOnlyMemory<byte> code in codes)
        {
            code.Span.CopyTo(frame.AsSpan(position));
            position += code.Length;
        }

        if (checksum)
            BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(position), Crc32.HashToUInt32(frame.AsSpan(0, position)));
        return frame;
    }

    /// <summary>Reads a frame's header and verifies its checksum, without a model.</summary>
    /// <exception cref="InvalidCodeException">The frame is malformed or damaged.</exception>
    public static FrameHeader ReadHeader(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 4)
            throw new InvalidCodeException("frame", frame.Length, $"{frame.Length} bytes are too few; the shortest frame has 4.");
        if (frame.Length > ModelLimits.MaxFrameBytes)
        {
            throw new InvalidCodeException(
                "frame",
                0,
                $"{frame.Length} bytes are too many; at most {ModelLimits.MaxFrameBytes} are allowed."
            );
        }

        int flags = frame[0] & 0x0F;
        if (frame[0] >> 4 != FormatVersion)
        {
            throw new InvalidCodeException(
                "format",
                0,
                $"format {frame[0] >> 4} is unknown; this reader supports {FormatVersion}. The sender may be newer."
            );
        }

        if ((flags & ~(ChecksumFlag | VersionFlag | InfoFlag)) != 0)
            throw new InvalidCodeException("flags", 0, $"flags {flags:x} are unknown; the sender may be newer.");

        int quality = frame[1];
        if (quality >= ModelLimits.MaxQualities)
            throw new InvalidCodeException("quality", 1, $"{quality} is outside 0..{ModelLimits.MaxQualities - 1}.");

        int countBytes = Varint.Read(frame[2..], out int count);
        if (countBytes == 0)
            throw new InvalidCodeException("count", 2, "it takes one byte below 128, else exactly two.");
        int position = 2 + countBytes;
        if (count is 0 or > ModelLimits.MaxCodesPerFrame)
            throw new InvalidCodeException("count", 2, $"{count} codes; a frame holds 1 to {ModelLimits.MaxCodesPerFrame}.");

        Digest? version = null;
        if ((flags & VersionFlag) != 0)
        {
            if (frame.Length < position + DigestBytes)
                throw new InvalidCodeException("version", frame.Length, "the frame ends inside the digest.");
            version = Digest.FromBytes(frame.Slice(position, DigestBytes));
            position += DigestBytes;
        }

        bool checksum = (flags & ChecksumFlag) != 0;
        int end = frame.Length - (checksum ? ChecksumBytes : 0);
        var info = new Range(position, position);
        if ((flags & InfoFlag) != 0)
        {
            int lengthBytes = WideVarint.Read(frame[position..Math.Max(position, end)], out ulong length);
            position += lengthBytes;
            if (lengthBytes == 0 || length == 0 || length > (ulong)(end - position))
                throw new InvalidCodeException("info", position, "the info block is empty, or the frame ends inside it.");
            info = new Range(position, position + (int)length);
            position += (int)length;
        }

        // Every code has at least one byte: refuse a count that the bytes cannot hold before allocating for it.
        if (end - position < count)
            throw new InvalidCodeException("count", 2, $"{count} codes cannot fit into {Math.Max(0, end - position)} bytes.");
        if (checksum && BinaryPrimitives.ReadUInt32LittleEndian(frame[end..]) != Crc32.HashToUInt32(frame[..end]))
            throw new InvalidCodeException("checksum", end, "the CRC-32 does not match; the frame was damaged in transit or in storage.");

        return new FrameHeader(quality, count, version, new Range(position, end), checksum, info);
    }

    /// <summary>Reads the keys, times, headers and gaps of a frame's codes.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="header">Its header (<see cref="ReadHeader"/>).</param>
    /// <exception cref="InvalidCodeException">The info block is malformed.</exception>
    public static FrameInfo ReadInfo(ReadOnlySpan<byte> frame, FrameHeader header)
    {
        (int offset, int length) = header.Info.GetOffsetAndLength(frame.Length);
        return length == 0 ? FrameInfo.None : InfoBlock.Read(frame.Slice(offset, length), offset, header.Count);
    }
}

/// <summary>A frame's header, and where its parts are.</summary>
/// <param name="Quality">The quality of all codes.</param>
/// <param name="Count">Number of codes: 1 to <see cref="ModelLimits.MaxCodesPerFrame"/>.</param>
/// <param name="Version">The version that the frame names; null where it names none.</param>
/// <param name="Codes">Range of the codes in the frame: back to back, each ending where its last symbol ends.</param>
/// <param name="HasChecksum">Whether the frame ends with a CRC-32.</param>
/// <param name="Info">Range of the info block in the frame; empty where it has none.</param>
public readonly record struct FrameHeader(int Quality, int Count, Digest? Version, Range Codes, bool HasChecksum, Range Info = default);

/// <summary>The codes of a frame, split.</summary>
/// <param name="Quality">The quality of all codes.</param>
/// <param name="Codes">The codes, in order.</param>
/// <param name="Info">Their keys, times and headers.</param>
public sealed record FrameCodes(int Quality, IReadOnlyList<ReadOnlyMemory<byte>> Codes, FrameInfo Info);
