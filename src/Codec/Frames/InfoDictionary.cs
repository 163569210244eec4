using System.Buffers;
using Codec.Binary;
using Codec.Errors;

namespace Codec.Frames;

/// <summary>
/// Writes and reads one optional byte string for each code of a frame: the distinct strings in ascending order, each without the prefix
/// that it shares with the previous one (front coding), then one number for each code (docs/format.md, Info block).
/// </summary>
internal static class InfoDictionary
{
    /// <summary>Largest total of all entries in bytes. It keeps a small frame of shared prefixes from expanding to megabytes.</summary>
    private const int MaxBytes = 256 << 10;

    /// <summary>Writes the dictionary, then each code's number.</summary>
    /// <param name="values">One for each code; null for a code without one.</param>
    /// <param name="block">Receives the bytes.</param>
    public static void Write(byte[]?[] values, ArrayBufferWriter<byte> block)
    {
        byte[][] distinct = [.. values.OfType<byte[]>().Distinct(ByteOrder.Instance).Order(ByteOrder.Instance)];
        if (distinct.Sum(value => (long)value.Length) > MaxBytes)
        {
            throw new ArgumentException(
                $"The keys, or the headers, of the codes have more than {MaxBytes} bytes; write several frames.",
                nameof(values)
            );
        }

        var numbers = new Dictionary<byte[], int>(ByteOrder.Instance);
        WideVarint.Write((ulong)distinct.Length, block);
        ReadOnlySpan<byte> previous = [];
        foreach (byte[] value in distinct)
        {
            int shared = previous.CommonPrefixLength(value);
            WideVarint.Write((ulong)shared, block);
            WideVarint.Write((ulong)(value.Length - shared), block);
            block.Write(value.AsSpan(shared));
            numbers.Add(value, numbers.Count + 1);
            previous = value;
        }

        foreach (byte[]? value in values)
            WideVarint.Write(value is null ? 0 : (ulong)numbers[value], block);
    }

    /// <summary>Reads the bytes that <see cref="Write"/> writes.</summary>
    /// <returns>One for each code, null for a code without one; codes of the same value share one array.</returns>
    /// <exception cref="InvalidCodeException">
    /// The dictionary is malformed, or an entry is longer than <paramref name="maxBytes"/>.
    /// </exception>
    public static byte[]?[] Read(ref InfoReader reader, int count, int maxBytes)
    {
        ulong entries = reader.TakeVarint();
        if (entries == 0 || entries > (ulong)count)
            throw reader.Invalid($"a dictionary has {entries} entries; 1 to {count} are allowed");
        var distinct = new byte[entries][];
        ReadOnlySpan<byte> previous = [];
        long bytes = 0;
        for (int i = 0; i < distinct.Length; i++)
        {
            ulong shared = reader.TakeVarint(),
                rest = reader.TakeVarint();
            if (shared > (ulong)previous.Length || rest > (ulong)maxBytes - shared)
            {
                throw reader.Invalid(
                    $"dictionary entry {i} is longer than {maxBytes} bytes, or shares a longer prefix than the previous entry has"
                );
            }
            bytes += (long)(shared + rest);
            if (bytes > MaxBytes)
                throw reader.Invalid($"the entries of a dictionary have more than {MaxBytes} bytes together");
            byte[] value = [.. previous[..(int)shared], .. reader.Take((int)rest)];
            if (value.Length == 0 || (i > 0 && previous.SequenceCompareTo(value) >= 0))
                throw reader.Invalid($"dictionary entry {i} is empty or out of order");
            distinct[i] = value;
            previous = value;
        }

        var values = new byte[]?[count];
        for (int i = 0; i < count; i++)
        {
            ulong number = reader.TakeVarint();
            if (number > entries)
                throw reader.Invalid($"code {i} names entry {number} of {entries}");
            values[i] = number == 0 ? null : distinct[number - 1];
        }

        return values;
    }

    private sealed class ByteOrder : IComparer<byte[]>, IEqualityComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? a, byte[]? b) => a.AsSpan().SequenceCompareTo(b);

        public bool Equals(byte[]? a, byte[]? b) => a.AsSpan().SequenceEqual(b);

        public int GetHashCode(byte[] bytes)
        {
            var hash = default(HashCode);
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }
    }
}
