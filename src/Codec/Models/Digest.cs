using System.Buffers;
using System.Security.Cryptography;

namespace Codec.Models;

/// <summary>A SHA-256 in 64 lower-case hexadecimal digits: the name of a blob or of a version.</summary>
public readonly record struct Digest
{
    /// <summary>Digits in the text of a digest.</summary>
    public const int HexLength = 64;

    private const string Digits = "0123456789abcdef";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create(Digits);

    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>The 64 digits; 64 zeros for the default value.</summary>
    public string Hex => _hex ?? new string('0', HexLength);

    /// <summary>Computes the digest of bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes) => new(ToHex(SHA256.HashData(bytes)));

    /// <summary>Creates a digest from its 32 bytes.</summary>
    /// <exception cref="ArgumentException">There are not 32 bytes.</exception>
    public static Digest FromBytes(ReadOnlySpan<byte> sha256) =>
        sha256.Length == SHA256.HashSizeInBytes
            ? new(ToHex(sha256))
            : throw new ArgumentException($"A digest has {SHA256.HashSizeInBytes} bytes, not {sha256.Length}.", nameof(sha256));

    /// <summary>Reads the 64 digits; upper-case digits are refused, so that one digest has one text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Digest digest)
    {
        bool valid = text.Length == HexLength && text.IndexOfAnyExcept(HexDigits) < 0;
        digest = valid ? new Digest(text.ToString()) : default;
        return valid;
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);

    /// <inheritdoc/>
    public override string ToString() => Hex;

    // .NET 8 writes upper-case digits only.
    private static string ToHex(ReadOnlySpan<byte> bytes)
    {
        Span<char> digits = stackalloc char[HexLength];
        for (int i = 0; i < bytes.Length; i++)
            (digits[2 * i], digits[2 * i + 1]) = (Digits[bytes[i] >> 4], Digits[bytes[i] & 15]);
        return new string(digits);
    }
}
