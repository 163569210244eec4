namespace Codec.Server.Stores.Embedded;

/// <summary>Where the codes of a stored frame end: their lengths as LEB128, a byte each for the usual sizes.</summary>
internal static class CodeLengths
{
    /// <summary>The lengths of some codes.</summary>
    public static byte[] Write(IReadOnlyList<ReadOnlyMemory<byte>> codes)
    {
        using var bytes = new MemoryStream(codes.Count * 2);
        using var writer = new BinaryWriter(bytes);
        foreach (ReadOnlyMemory<byte> code in codes)
        {
            writer.Write7BitEncodedInt(code.Length);
        }

        return bytes.ToArray();
    }

    /// <summary>Cuts codes that lie back to back; they are slices of what was given.</summary>
    /// <exception cref="InvalidDataException">The lengths are malformed, or do not add up to the codes.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Slice(ReadOnlyMemory<byte> codes, byte[] lengths)
    {
        var slices = new List<ReadOnlyMemory<byte>>(lengths.Length);
        using var reader = new BinaryReader(new MemoryStream(lengths, writable: false));
        while (reader.BaseStream.Position < lengths.Length)
        {
            int length = ReadLength(reader);
            if (length < 0 || length > codes.Length)
            {
                throw new InvalidDataException($"A code of {length} bytes does not fit the {codes.Length} that are left.");
            }

            slices.Add(codes[..length]);
            codes = codes[length..];
        }

        return codes.IsEmpty ? slices : throw new InvalidDataException($"{codes.Length} bytes are left after the last code.");
    }

    private static int ReadLength(BinaryReader reader)
    {
        try
        {
            return reader.Read7BitEncodedInt();
        }
        catch (Exception exception) when (exception is FormatException or EndOfStreamException)
        {
            throw new InvalidDataException("A code's length is cut off, or has too many bytes.", exception);
        }
    }
}
