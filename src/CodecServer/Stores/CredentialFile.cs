using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;

namespace Codec.Server.Stores;

/// <summary>
/// A file of credentials, as JSON: <c>{"credentials": [{"id": …, "name": …, "roles": […], "sha256": …}]}</c>. It holds no secret, because
/// a key has 256 random bits, which its SHA-256 does not reveal. Read again when it has changed.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="time">Bounds how often it is looked at.</param>
internal sealed class CredentialFile(string path, TimeProvider time)
{
    /// <summary>How long what was read is used before the file is looked at again.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
    };

    private readonly Lock _lock = new();
    private IReadOnlyList<CredentialRecord>? _read;
    private (DateTime WrittenAt, long Bytes)? _state;
    private long? _readAt;

    /// <summary>Its path.</summary>
    public string Path => path;

    /// <summary>Returns its credentials; null if there is no such file.</summary>
    /// <exception cref="StoreException">It cannot be read, or is not such a file; the next call tries again.</exception>
    public IReadOnlyList<CredentialRecord>? Read()
    {
        lock (_lock)
        {
            if (_readAt is { } at && time.GetElapsedTime(at) < Freshness)
                return _read;

            try
            {
                using SafeFileHandle? file = Open();
                (DateTime, long)? state = file is null ? null : (File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
                if (_readAt is null || state != _state)
                    _read = file is null ? null : Parse(file);

                (_state, _readAt) = (state, time.GetTimestamp());
                return _read;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
            {
                _readAt = null;
                throw new StoreException($"The credentials in {path} cannot be read: {exception.Message}", exception);
            }
        }
    }

    /// <summary>Returns a file's content for credentials.</summary>
    public static byte[] Serialize(IReadOnlyList<CredentialRecord> credentials) =>
        JsonSerializer.SerializeToUtf8Bytes(new Content(credentials), Json);

    private SafeFileHandle? Open()
    {
        try
        {
            return SmallFile.Open(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static IReadOnlyList<CredentialRecord> Parse(SafeFileHandle file)
    {
        IReadOnlyList<CredentialRecord> credentials = JsonSerializer.Deserialize<Content>(SmallFile.Read(file), Json)?.Credentials ?? [];
        // The serializer accepts null as an element.
        if (credentials.Any(credential => credential is null || credential.Roles.Contains(null!)))
            throw new JsonException("a credential, or a role, is null.");

        return credentials.FirstOrDefault(credential => credential.Sha256 is null == credential.Certificate is null) is { } invalid
            ? throw new JsonException($"the credential '{invalid.Id}' needs either sha256 or certificate.")
            : credentials;
    }

    private sealed record Content(IReadOnlyList<CredentialRecord> Credentials);
}
