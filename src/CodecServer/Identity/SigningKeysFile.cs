using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.Win32.SafeHandles;

namespace Codec.Server.Identity;

/// <summary>Public keys in a file (JWKS), read again with the first token after it has changed.</summary>
internal sealed class SigningKeysFile(string path) : IConfigurationManager<OpenIdConnectConfiguration>
{
    private readonly Lock _lock = new();
    private OpenIdConnectConfiguration? _read;
    private (DateTime WrittenAt, long Bytes) _state;

    /// <summary>Returns the keys.</summary>
    /// <exception cref="IOException">The file is too large, or cannot be read.</exception>
    /// <exception cref="System.Text.Json.JsonException">It is not a JWKS.</exception>
    public Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            using SafeFileHandle file = SmallFile.Open(path);
            (DateTime, long) state = (File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
            if (_read is null || state != _state)
            {
                using var reader = new StreamReader(new MemoryStream(SmallFile.Read(file)));
                (_read, _state) = (SigningKeys.Parse(reader.ReadToEnd()), state);
            }

            return Task.FromResult(_read);
        }
    }

    /// <summary>Does nothing: a change is seen anyway.</summary>
    public void RequestRefresh() { }
}
