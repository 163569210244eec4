using System.Text;

namespace Codec.Tests.Frames;

/// <summary>Reads an info block step by step as docs/format.md describes it, regardless of speed; null where it is damaged.</summary>
internal sealed class ReferenceInfo(byte[] block, int count)
{
    private int _position;

    /// <summary>For each code: gap, key, capture time and storage time in milliseconds, headers as "name=value" in order.</summary>
    public (ulong Gap, string? Key, long? Captured, long? Stored, string Headers)[]? Read()
    {
        try
        {
            int fields = block[_position++];
            if (fields is 0 or > 31)
                return null;
            ulong[] gaps = (fields & 1) == 0 ? new ulong[count] : [.. Enumerable.Range(0, count).Select(_ => Number())];
            if (gaps[0] != 0 || gaps.Any(gap => gap > long.MaxValue))
                return null;
            byte[]?[] keys = (fields & 2) == 0 ? new byte[count][] : Dictionary(128);
            long?[] captured = (fields & 4) == 0 ? new long?[count] : Times();
            long?[] stored = (fields & 8) == 0 ? new long?[count] : Times();
            byte[]?[] headers = (fields & 16) == 0 ? new byte[count][] : Dictionary(1024);
            if (_position != block.Length)
                return null;
            return
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(i =>
                        (gaps[i], keys[i] is { } key ? Key(key) : null, captured[i], stored[i], headers[i] is { } set ? Headers(set) : "")
                    ),
            ];
        }
        catch (Exception exception)
            when (exception is IndexOutOfRangeException or InvalidDataException or DecoderFallbackException or ArgumentException)
        {
            return null;
        }
    }

    private static string Text(byte[] bytes) => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);

    private static string Key(byte[] bytes)
    {
        string key = Text(bytes);
        return key.Any(char.IsControl) ? throw new InvalidDataException() : key;
    }

    private static string Headers(byte[] set)
    {
        var headers = new List<(string Name, string Value)>();
        for (int at = 0; at < set.Length; )
        {
            string name = Text(set[(at + 1)..(at + 1 + set[at])]);
            at += 1 + set[at];
            string value = Text(set[(at + 1)..(at + 1 + set[at])]);
            at += 1 + set[at];
            if (name.Length is 0 or > 64 || name.Any(c => !"abcdefghijklmnopqrstuvwxyz0123456789-._".Contains(c)))
                throw new InvalidDataException();
            if (headers.Count > 0 && string.CompareOrdinal(headers[^1].Name, name) >= 0)
                throw new InvalidDataException();
            headers.Add((name, value));
        }

        return headers.Count > 16
            ? throw new InvalidDataException()
            : string.Join(';', headers.Select(header => $"{header.Name}={header.Value}"));
    }

    private ulong Number()
    {
        ulong value = 0;
        for (int i = 0; ; i++)
        {
            byte next = block[_position++];
            if (i == 9 && next > 1)
                throw new InvalidDataException();
            value += (ulong)(next % 128) << (7 * i);
            if (next >= 128)
                continue;
            return i > 0 && next == 0 ? throw new InvalidDataException() : value;
        }
    }

    private long?[] Times()
    {
        var times = new long?[count];
        Int128 time = 0;
        for (int i = 0; i < count; i++)
        {
            Int128 v = Number();
            if (v == 0)
                continue;
            Int128 z = v - 1;
            time += z % 2 == 0 ? z / 2 : -(z + 1) / 2;
            if (time < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || time > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
                throw new InvalidDataException();
            times[i] = (long)time;
        }

        return times;
    }

    private byte[]?[] Dictionary(int most)
    {
        ulong n = Number();
        if (n == 0 || n > (ulong)count)
            throw new InvalidDataException();
        var entries = new List<byte[]>();
        for (ulong i = 0; i < n; i++)
        {
            byte[] previous = entries.Count > 0 ? entries[^1] : [];
            ulong shared = Number(),
                rest = Number();
            if (shared > (ulong)previous.Length || shared + rest > (ulong)most || rest > 1024)
                throw new InvalidDataException();
            byte[] entry = [.. previous[..(int)shared], .. block[_position..(_position + (int)rest)]];
            _position += (int)rest;
            if (entry.Length == 0 || (entries.Count > 0 && previous.AsSpan().SequenceCompareTo(entry) >= 0))
                throw new InvalidDataException();
            entries.Add(entry);
            if (entries.Sum(known => known.Length) > 262_144)
                throw new InvalidDataException();
        }

        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => Number())
                .ToArray()
                .Select(number =>
                    number == 0 ? null
                    : number <= n ? entries[(int)number - 1]
                    : throw new InvalidDataException()
                ),
        ];
    }
}
