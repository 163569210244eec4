using System.Buffers.Binary;

namespace Codec.Imaging;

/// <summary>Removes from a PNG file what does not change its pixels or colours.</summary>
internal static class PngChunks
{
    private const int SignatureLength = 8;
    private const int ChunkOverhead = 12;

    /// <summary>Bytes to remove for which a copy of the file is worth its cost.</summary>
    private const int WorthRemoving = 16 << 10;

    // Ancillary chunks that the decoder uses. Its time for text is not linear: 19 MiB of it took 3.7 s for one pixel.
    private static readonly HashSet<uint> Used = [.. "tRNS cHRM gAMA iCCP sBIT sRGB bKGD hIST pHYs cICP".Split(' ').Select(Type)];

    /// <summary>Returns the file without text, time, private and other unused chunks; null if it has few of them or is malformed.</summary>
    public static byte[]? WithoutUnused(ReadOnlySpan<byte> png)
    {
        long unused = 0;
        for (ReadOnlySpan<byte> rest = png[SignatureLength..]; TryRead(ref rest, out uint type, out ReadOnlySpan<byte> chunk); )
            unused += IsUsed(type) ? 0 : chunk.Length;

        if (unused < WorthRemoving)
            return null;
        byte[] kept = GC.AllocateUninitializedArray<byte>(png.Length - (int)unused);
        png[..SignatureLength].CopyTo(kept);
        int at = SignatureLength;
        ReadOnlySpan<byte> from = png[SignatureLength..];
        while (TryRead(ref from, out uint type, out ReadOnlySpan<byte> chunk))
        {
            if (IsUsed(type))
            {
                chunk.CopyTo(kept.AsSpan(at));
                at += chunk.Length;
            }
        }

        from.CopyTo(kept.AsSpan(at));
        return kept;
    }

    // Chunk: length, type, data, CRC-32. The first letter of a critical chunk's type is a capital.
    private static bool TryRead(ref ReadOnlySpan<byte> rest, out uint type, out ReadOnlySpan<byte> chunk)
    {
        chunk = default;
        type = 0;
        if (rest.Length < ChunkOverhead)
            return false;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - ChunkOverhead)
            return false;
        type = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
        chunk = rest[..(ChunkOverhead + (int)length)];
        rest = rest[chunk.Length..];
        return true;
    }

    private static bool IsUsed(uint type) => (type & 0x2000_0000) == 0 || Used.Contains(type);

    private static uint Type(string name) => (uint)((name[0] << 24) | (name[1] << 16) | (name[2] << 8) | name[3]);
}
