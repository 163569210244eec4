using System.CommandLine;
using Codec.Client;

namespace Codec.CommandLine;

/// <summary>The options of a command that calls the service: its address, and the credential for it.</summary>
/// <remarks>No option takes the key itself: other users of the host can read command lines.</remarks>
public sealed class ServiceOptions
{
    /// <summary>The environment variable of the API key.</summary>
    public const string KeyVariable = "CODEC_API_KEY";

    private readonly Option<string> _server = new("--server")
    {
        Description = "Address of the service.",
        DefaultValueFactory = _ => "http://127.0.0.1:5080",
    };

    private readonly Option<FileInfo?> _keyFile = new("--api-key-file")
    {
        Description = $"A file with the API key for the service; without it, the environment's {KeyVariable} is used.",
    };

    private readonly Option<bool> _clearText = new("--allow-clear-text")
    {
        Description = "Send the API key without TLS to another host: a sidecar, or a network that you trust.",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_server, _keyFile, _clearText];

    /// <summary>Reads the options of a client.</summary>
    /// <exception cref="ArgumentException">The address is not one.</exception>
    /// <exception cref="IOException">The file of the key cannot be read.</exception>
    public CodecClientOptions Read(ParseResult arguments)
    {
        string server = arguments.GetValue(_server)!;
        string? key = arguments.GetValue(_keyFile) is { } file
            ? File.ReadAllText(file.FullName).Trim()
            : Environment.GetEnvironmentVariable(KeyVariable);
        return new CodecClientOptions
        {
            Address = Uri.TryCreate(server, UriKind.Absolute, out Uri? address)
                ? address
                : throw new ArgumentException($"--server is '{server}'; write an address such as http://127.0.0.1:5080."),
            ApiKey = string.IsNullOrEmpty(key) ? null : key,
            AllowCredentialsInClearText = arguments.GetValue(_clearText),
        };
    }
}
