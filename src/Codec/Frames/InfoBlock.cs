using System.Buffers;
using System.Text;
using Codec.Binary;
using Codec.Errors;

namespace Codec.Frames;

/// <summary>
/// Writes and reads a frame's info block: gaps, keys, times and headers of its codes. Each kind takes bytes only where some code has it
/// (docs/format.md, Info block).
/// </summary>
internal static class InfoBlock
{
    private const byte GapsField = 1;
    private const byte KeysField = 2;
    private const byte CapturedField = 4;
    private const byte StoredField = 8;
    private const byte HeadersField = 16;
    private const byte AllFields = GapsField | KeysField | CapturedField | StoredField | HeadersField;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes the block.</summary>
    /// <param name="info">The info to write; every <see cref="CodeInfo"/> is checked.</param>
    /// <param name="count">How many codes the frame has.</param>
    /// <returns>The block without its length; empty if no code has info or a gap.</returns>
    /// <exception cref="ArgumentException">A value is outside its bounds, or a list does not have one entry for each code.</exception>
    public static ReadOnlySpan<byte> Write(FrameInfo info, int count)
    {
        if (info.Codes.Count != 0 && info.Codes.Count != count)
            throw new ArgumentException($"The info describes {info.Codes.Count} codes; the frame has {count}.", nameof(info));
        if (info.Gaps.Count != 0 && (info.Gaps.Count != count || info.Gaps[0] != 0 || info.Gaps.Any(gap => gap < 0)))
            throw new ArgumentException($"The gaps must be one for each of {count} codes, none below 0, the first 0.", nameof(info));
        byte fields = 0;
        if (info.Gaps.Any(gap => gap > 0))
            fields |= GapsField;
        foreach (CodeInfo code in info.Codes)
        {
            if (code.IsEmpty)
                continue;
            code.Validate();
            if (code.Key is not null)
                fields |= KeysField;
            if (code.CapturedAt is not null)
                fields |= CapturedField;
            if (code.StoredAt is not null)
                fields |= StoredField;
            if (code.Headers.Count > 0)
                fields |= HeadersField;
        }

        if (fields == 0)
            return [];
        var block = new ArrayBufferWriter<byte>();
        block.Write([fields]);
        if ((fields & GapsField) != 0)
        {
            foreach (long gap in info.Gaps)
                WideVarint.Write((ulong)gap, block);
        }

        if ((fields & KeysField) != 0)
            InfoDictionary.Write([.. info.Codes.Select(code => code.Key is null ? null : Utf8.GetBytes(code.Key))], block);
        if ((fields & CapturedField) != 0)
            WriteTimes(info.Codes.Select(code => code.CapturedAt), block);
        if ((fields & StoredField) != 0)
            WriteTimes(info.Codes.Select(code => code.StoredAt), block);
        if ((fields & HeadersField) != 0)
            InfoDictionary.Write([.. info.Codes.Select(code => code.Headers.Count == 0 ? null : WriteHeaders(code.Headers))], block);
        return block.WrittenSpan;
    }

    /// <summary>Reads a block.</summary>
    /// <param name="block">The block without its length.</param>
    /// <param name="offset">Where in the frame it begins, for messages.</param>
    /// <param name="count">How many codes the frame has.</param>
    /// <exception cref="InvalidCodeException">The block is malformed.</exception>
    public static FrameInfo Read(ReadOnlySpan<byte> block, int offset, int count)
    {
        var reader = new InfoReader(block, offset);
        byte fields = reader.TakeByte();
        if (fields == 0 || (fields & ~AllFields) != 0)
            throw reader.Invalid($"fields {fields:x2} are unknown; the sender may be newer");
        long[]? gaps = (fields & GapsField) == 0 ? null : ReadGaps(ref reader, count);
        byte[]?[]? keys = (fields & KeysField) == 0 ? null : InfoDictionary.Read(ref reader, count, CodeInfo.MaxKeyBytes);
        DateTimeOffset?[]? captured = (fields & CapturedField) == 0 ? null : ReadTimes(ref reader, count);
        DateTimeOffset?[]? stored = (fields & StoredField) == 0 ? null : ReadTimes(ref reader, count);
        byte[]?[]? headers = (fields & HeadersField) == 0 ? null : InfoDictionary.Read(ref reader, count, CodeInfo.MaxHeaderBytes);
        if (!reader.AtEnd)
            throw reader.Invalid("bytes follow its last field");
        if (fields == GapsField)
            return new FrameInfo([], gaps);

        // Codes of one dictionary entry share one array of bytes, so they share the decoded text too.
        var texts = new Dictionary<byte[], string>(ReferenceEqualityComparer.Instance);
        var sets = new Dictionary<byte[], IReadOnlyDictionary<string, string>>(ReferenceEqualityComparer.Instance);
        var codes = new CodeInfo[count];
        for (int i = 0; i < count; i++)
        {
            codes[i] = new CodeInfo
            {
                Key = keys?[i] is { } key ? ReadKey(key, texts, in reader) : null,
                CapturedAt = captured?[i],
                StoredAt = stored?[i],
                Headers = headers?[i] is { } set ? ReadHeaders(set, sets, in reader) : CodeInfo.None.Headers,
            };
        }

        return new FrameInfo(codes, gaps);
    }

    private static long[] ReadGaps(ref InfoReader reader, int count)
    {
        var gaps = new long[count];
        for (int i = 0; i < count; i++)
        {
            ulong gap = reader.TakeVarint();
            if (gap > long.MaxValue || (i == 0 && gap != 0))
                throw reader.Invalid($"the gap before code {i} is {gap}; the first is 0, and none exceeds 2^63 − 1");
            gaps[i] = (long)gap;
        }

        return gaps;
    }

    /// <summary>
    /// Writes 0 for no time, otherwise 1 + zigzag(difference in milliseconds to the previous time); zigzag maps 0, −1, 1, −2, … to 0, 1, 2,
    /// 3, ….
    /// </summary>
    private static void WriteTimes(IEnumerable<DateTimeOffset?> times, ArrayBufferWriter<byte> block)
    {
        long previous = 0;
        foreach (DateTimeOffset? time in times)
        {
            if (time is not { } given)
            {
                WideVarint.Write(0, block);
                continue;
            }

            long difference = given.ToUnixTimeMilliseconds() - previous;
            WideVarint.Write((ulong)(difference << 1 ^ difference >> 63) + 1, block);
            previous += difference;
        }
    }

    private static DateTimeOffset?[] ReadTimes(ref InfoReader reader, int count)
    {
        var times = new DateTimeOffset?[count];
        long previous = 0;
        for (int i = 0; i < count; i++)
        {
            ulong value = reader.TakeVarint();
            if (value == 0)
                continue;
            ulong zigzag = value - 1;
            long difference = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
            previous = unchecked(previous + difference);
            if (previous < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || previous > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
                throw reader.Invalid($"the time of code {i} is outside the years 1 to 9999");
            times[i] = DateTimeOffset.FromUnixTimeMilliseconds(previous);
        }

        return times;
    }

    private static string ReadKey(byte[] bytes, Dictionary<byte[], string> known, in InfoReader reader)
    {
        if (known.TryGetValue(bytes, out string? key))
            return key;
        key = ReadText(bytes, in reader);
        if (CodeInfo.KeyProblem(key) is { } problem)
            throw reader.Invalid(problem);
        known.Add(bytes, key);
        return key;
    }

    /// <summary>
    /// Writes a set of headers, in ascending order of names: for each a byte with the name's length, the name, a byte with the value's
    /// length, the value.
    /// </summary>
    private static byte[] WriteHeaders(IReadOnlyDictionary<string, string> headers)
    {
        using var bytes = new MemoryStream();
        foreach ((string name, string value) in headers.OrderBy(header => header.Key, StringComparer.Ordinal))
        {
            foreach (byte[] part in new[] { Utf8.GetBytes(name), Utf8.GetBytes(value) })
            {
                bytes.WriteByte((byte)part.Length);
                bytes.Write(part);
            }
        }

        return bytes.ToArray();
    }

    private static IReadOnlyDictionary<string, string> ReadHeaders(
        byte[] bytes,
        Dictionary<byte[], IReadOnlyDictionary<string, string>> known,
        in InfoReader reader
    )
    {
        if (known.TryGetValue(bytes, out IReadOnlyDictionary<string, string>? headers))
            return headers;
        var read = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string last = "";
        for (ReadOnlySpan<byte> rest = bytes; !rest.IsEmpty; )
        {
            string name = TakeText(ref rest, in reader),
                value = TakeText(ref rest, in reader);
            if (!CodeInfo.IsHeaderName(name) || string.CompareOrdinal(name, last) <= 0 || read.Count == CodeInfo.MaxHeaders)
                throw reader.Invalid("a set of headers has a malformed name, names out of order, or too many headers");
            read.Add(name, value);
            last = name;
        }

        known.Add(bytes, read);
        return read;
    }

    private static string TakeText(ref ReadOnlySpan<byte> rest, in InfoReader reader)
    {
        if (rest.IsEmpty || rest[0] >= rest.Length)
            throw reader.Invalid("a set of headers ends inside a text");
        string text = ReadText(rest.Slice(1, rest[0]), in reader);
        rest = rest[(1 + rest[0])..];
        return text;
    }

    private static string ReadText(ReadOnlySpan<byte> bytes, in InfoReader reader)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw reader.Invalid("a text is not UTF-8");
        }
    }
}
