using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Codec.Server.Stores;

namespace Codec.Server.Identity;

/// <summary>
/// The text of an API key: <c>codec_</c>, 12 hexadecimal digits that identify it, and 43 characters of base64url that are secret:
/// <c>codec_0123456789ab_…</c>.
/// </summary>
/// <remarks>
/// The secret has 256 random bits, so that a plain SHA-256 of it can neither be reversed nor searched. (A password would need a slow hash.)
/// The prefix lets scanners of source code find keys.
/// </remarks>
internal static class ApiKey
{
    /// <summary>What every key begins with.</summary>
    public const string Prefix = "codec_";

    private const int IdBytes = 6;

    private const int SecretBytes = 32;

    private static readonly int Length = Prefix.Length + 2 * IdBytes + 1 + Base64Url.GetEncodedLength(SecretBytes);

    /// <summary>Creates an id for a credential.</summary>
    public static string CreateId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));

    /// <summary>Creates a key; nothing keeps it but its recipient.</summary>
    public static string Create(string id) => $"{Prefix}{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";

    /// <summary>Returns what is stored of a key.</summary>
    public static string Sha256(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Returns the id in a key; null if the text is not a key.</summary>
    public static string? TryReadId(string key) =>
        key.Length == Length && key.StartsWith(Prefix, StringComparison.Ordinal) ? key.Substring(Prefix.Length, 2 * IdBytes) : null;

    /// <summary>Whether a key is the one of a credential, compared in constant time.</summary>
    public static bool Matches(string key, CredentialRecord credential) =>
        credential.Sha256 is { } stored
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sha256(key)), Encoding.ASCII.GetBytes(stored));
}
