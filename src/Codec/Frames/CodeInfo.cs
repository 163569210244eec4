using System.Collections.ObjectModel;
using System.Text;

namespace Codec.Frames;

/// <summary>
/// Describes a code: the key, time and headers that an application gives it, and the time when a server stored it. Absent values take no
/// bytes in a frame. Immutable.
/// </summary>
public sealed record CodeInfo
{
    /// <summary>Largest key in bytes of UTF-8: a frame may hold one for each code.</summary>
    public const int MaxKeyBytes = 128;

    /// <summary>Largest number of headers of a code.</summary>
    public const int MaxHeaders = 16;

    /// <summary>Largest number of characters of a header's name.</summary>
    public const int MaxHeaderNameLength = 64;

    /// <summary>Largest value of a header in bytes of UTF-8: its length takes one byte in a frame.</summary>
    public const int MaxHeaderValueBytes = 255;

    /// <summary>
    /// Largest total of a code's headers in bytes: names, values, and 2 for each header. Headers are for routing, not for content.
    /// </summary>
    public const int MaxHeaderBytes = 1024;

    private static readonly IReadOnlyDictionary<string, string> NoHeaders = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>No key, no times and no headers.</summary>
    public static CodeInfo None { get; } = new();

    /// <summary>
    /// The source of the code, such as a camera or a user: 1 to <see cref="MaxKeyBytes"/> bytes of UTF-8 without control characters; null
    /// for none.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// When the image was taken, in a frame rounded down to whole milliseconds; null where the application did not state it.
    /// </summary>
    public DateTimeOffset? CapturedAt { get; init; }

    /// <summary>When the server stored the code; null where the subscriber did not request it. A producer's value is ignored.</summary>
    public DateTimeOffset? StoredAt { get; init; }

    /// <summary>
    /// Small values of the application: at most <see cref="MaxHeaders"/>, names of 1 to <see cref="MaxHeaderNameLength"/> of a-z, 0-9, '-',
    /// '.', '_', values of at most <see cref="MaxHeaderValueBytes"/> bytes of UTF-8, <see cref="MaxHeaderBytes"/> in all.
    /// </summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = NoHeaders;

    /// <summary>Upper bound on the bytes that the key and the headers take in a frame: both in UTF-8, and 2 for each header.</summary>
    public int Bytes =>
        (Key is null ? 0 : Encoding.UTF8.GetByteCount(Key))
        + Headers.Sum(header => header.Key.Length + Encoding.UTF8.GetByteCount(header.Value) + 2);

    /// <summary>Whether all values are absent.</summary>
    internal bool IsEmpty => Key is null && CapturedAt is null && StoredAt is null && Headers.Count == 0;

    /// <summary>Checks every bound.</summary>
    /// <exception cref="ArgumentException">A value is outside its bounds; the message names it, the bound and the remedy.</exception>
    public void Validate()
    {
        if (Key is not null && KeyProblem(Key) is { } problem)
            throw new ArgumentException(problem);
        if (Headers is null)
            throw new ArgumentException("headers: the value is null; set an empty dictionary instead.");
        Require(Headers.Count <= MaxHeaders, $"there are {Headers.Count}; at most {MaxHeaders} are allowed.");
        int bytes = 0;
        foreach ((string name, string value) in Headers)
        {
            Require(IsHeaderName(name), $"'{Shown(name)}' is no name; write 1 to {MaxHeaderNameLength} of a-z, 0-9, '-', '.', '_'.");
            Require(
                value is not null && IsText(value) && Encoding.UTF8.GetByteCount(value) <= MaxHeaderValueBytes,
                $"the value of '{name}' is not 0 to {MaxHeaderValueBytes} bytes of UTF-8."
            );
            bytes += name.Length + Encoding.UTF8.GetByteCount(value!) + 2;
        }

        Require(bytes <= MaxHeaderBytes, $"they take {bytes} bytes; at most {MaxHeaderBytes} are allowed.");

        static void Require(bool condition, string problem)
        {
            if (!condition)
                throw new ArgumentException($"headers: {problem}");
        }
    }

    /// <inheritdoc/>
    public bool Equals(CodeInfo? other) =>
        other is not null
        && (Key, CapturedAt, StoredAt, Headers.Count) == (other.Key, other.CapturedAt, other.StoredAt, other.Headers.Count)
        && Headers.All(header => other.Headers.TryGetValue(header.Key, out string? value) && value == header.Value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Key, CapturedAt, StoredAt, Headers.Count);

    /// <summary>Explains why a text cannot be a key or a key's prefix; null if it can.</summary>
    internal static string? KeyProblem(string key) =>
        key.Length is >= 1 and <= MaxKeyBytes && IsText(key) && !key.Any(char.IsControl) && Encoding.UTF8.GetByteCount(key) <= MaxKeyBytes
            ? null
            : $"key: '{Shown(key)}' is not a key; a key has 1 to {MaxKeyBytes} bytes of UTF-8 without control characters.";

    /// <summary>Whether a text is a header's name.</summary>
    internal static bool IsHeaderName(string name) =>
        name.Length is >= 1 and <= MaxHeaderNameLength
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or '_');

    /// <summary>Whether a text can be encoded in UTF-8: it has no unpaired surrogate.</summary>
    private static bool IsText(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
                return false;
        }

        return true;
    }

    private static string Shown(string text) => text.Length <= MaxKeyBytes ? text : text[..MaxKeyBytes] + "…";
}
