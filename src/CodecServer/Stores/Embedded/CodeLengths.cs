namespace Codec.Server.Stores.Embedded;

/// <summary>The lengths of a stored frame's codes as LEB128: one byte each for the usual sizes.</summary>
internal static class CodeLengths
{
    /// <summary>Writes the lengths of codes.</summary>
    public static byte[] Write(IReadOnlyList<ReadOnlyMemory<byte>> codes)
    {
        using var bytes = new MemoryStream(codes.Count * 2);
        using var writer = new BinaryWriter(bytes);
        foreach (ReadOnlyMemory<byte> code in codes)
            writer.Write7BitEncodedInt(code.Length);

        return bytes.ToArray();
    }

    /// <summary>Cuts concatenated codes; the results are slices of <paramref name="codes"/>.</summary>
    /// <exception cref="InvalidDataException">The lengths are malformed, or do not add up to the codes.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Slice(ReadOnlyMemory<byte> codes, byte[] lengths)
    {
        var slices = new List<ReadOnlyMemory<byte>>(lengths.Length);
        using var reader = new BinaryReader(new MemoryStream(lengths, writable: false));
        while (reader.BaseStream.Position < lengths.Length)
        {
            int length = ReadLength(reader);
            if (length < 0 || length > codes.Length)
                throw new InvalidDataException($"A code of {length} bytes does not fit into the {codes.Length} bytes that are left.");

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
            throw new InvalidDataException("A code's length is truncated, or has too many bytes.", exception);
        }
    }
}
