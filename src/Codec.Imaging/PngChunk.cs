using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Codec.Imaging;

/// <summary>One chunk of a PNG file: length of the data, type, data, CRC-32 of type and data. Borrows the file's bytes.</summary>
internal readonly ref struct PngChunk
{
    private const int Prefix = 8;
    private const int Checksum = 4;

    private PngChunk(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>The whole chunk.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public ReadOnlySpan<byte> Type => Bytes[4..Prefix];

    public ReadOnlySpan<byte> Data => Bytes[Prefix..^Checksum];

    /// <summary>Whether a decoder that does not know the type must refuse the file: the first letter is a capital.</summary>
    public bool IsCritical => (Bytes[4] & 0x20) == 0;

    /// <summary>Whether the checksum is right. Takes time in proportion to the length.</summary>
    public bool IsIntact => Crc32.HashToUInt32(Bytes[4..^Checksum]) == BinaryPrimitives.ReadUInt32BigEndian(Bytes[^Checksum..]);

    public bool Is(ReadOnlySpan<byte> type) => Type.SequenceEqual(type);

    /// <summary>Reads the chunk at the start of the bytes and removes it from them; false if it is not whole.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> rest, out PngChunk chunk)
    {
        chunk = default;
        if (rest.Length < Prefix + Checksum)
            return false;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - Prefix - Checksum)
            return false;
        chunk = new PngChunk(rest[..(Prefix + Checksum + (int)length)]);
        rest = rest[chunk.Bytes.Length..];
        return true;
    }

    /// <summary>Makes an iCCP chunk of a color profile.</summary>
    public static byte[] WithProfile(byte[] profile)
    {
        using var chunk = new MemoryStream();
        // Length (written last), type, the profile's name, its end, method of compression 0.
        chunk.Write("\0\0\0\0iCCPcICP\0\0"u8);
        // Stored: libpng refuses a profile whose compressed data fits into its first read, 81 bytes.
        using (var zlib = new ZLibStream(chunk, CompressionLevel.NoCompression, leaveOpen: true))
            zlib.Write(profile);
        chunk.Write(stackalloc byte[Checksum]);
        byte[] bytes = chunk.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - Prefix - Checksum);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(^Checksum..), Crc32.HashToUInt32(bytes.AsSpan(4..^Checksum)));
        return bytes;
    }
}
