using System.CommandLine;
using Codec.Client;
using Codec.Trainer.Display;

namespace Codec.Trainer.CommandLine;

/// <summary>The options of a command that calls the service: its address, the certificates of TLS, and the credential.</summary>
/// <remarks>No option takes the key itself: other users of the host can read command lines.</remarks>
internal sealed class ServiceOptions
{
    /// <summary>The environment variable of the API key.</summary>
    public const string KeyVariable = "CODEC_API_KEY";

    private readonly Option<string> _server = new("--server")
    {
        Description = "Address of the service.",
        DefaultValueFactory = _ => "http://127.0.0.1:5080",
    };

    private readonly Option<string?> _ca = PemFile("--ca", "CODEC_CA", "certificate authorities to trust instead of the system's");

    private readonly Option<string?> _certificate = PemFile(
        "--client-certificate",
        "CODEC_CLIENT_CERTIFICATE",
        "the certificate to present"
    );

    private readonly Option<string?> _certificateKey = PemFile("--client-key", "CODEC_CLIENT_KEY", "the certificate's private key");

    private readonly Option<FileInfo?> _keyFile = new("--api-key-file")
    {
        Description = $"A file with the API key for the service; without it, the environment's {KeyVariable} is used.",
    };

    private readonly Option<bool> _clearText = new("--allow-clear-text")
    {
        Description = "Send the API key without TLS to another host: a sidecar, or a network that you trust.",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_server, _ca, _certificate, _certificateKey, _keyFile, _clearText];

    /// <summary>Creates a client that says what it waits for while the service cannot be reached.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="display">Receives a line for the first failure.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="ArgumentException">The address is not one, or an option of the client is not valid.</exception>
    /// <exception cref="IOException">The file of the key cannot be read.</exception>
    public CodecClient Connect(ParseResult arguments, StageDisplay display, Func<CodecClientOptions, CodecClientOptions>? configure = null)
    {
        CodecClientOptions options = Read(arguments);
        var client = new CodecClient(configure?.Invoke(options) ?? options);
        client.ConnectionChanged += (_, change) =>
        {
            if (change is { State: ConnectionState.Waiting, Reason: { } reason })
                display.Line($"{reason.Message} Trying again.");
        };
        return client;
    }

    private CodecClientOptions Read(ParseResult arguments)
    {
        string server = arguments.GetValue(_server)!;
        string? key = arguments.GetValue(_keyFile) is { } file
            ? File.ReadAllText(file.FullName).Trim()
            : Environment.GetEnvironmentVariable(KeyVariable);
        var tls = new ClientTls
        {
            CaFile = arguments.GetValue(_ca),
            CertificateFile = arguments.GetValue(_certificate),
            KeyFile = arguments.GetValue(_certificateKey),
        };
        return new CodecClientOptions
        {
            Tls = tls == new ClientTls() ? null : tls,
            // A person waits for the answer: about three seconds for a service that is just being started.
            Reconnect = new ReconnectPolicy
            {
                InitialDelay = TimeSpan.FromMilliseconds(250),
                MaxDelay = TimeSpan.FromSeconds(1),
                MaxAttempts = 4,
            },
            Address = Uri.TryCreate(server, UriKind.Absolute, out Uri? address)
                ? address
                : throw new ArgumentException($"--server is '{server}'; write an address such as http://127.0.0.1:5080."),
            ApiKey = string.IsNullOrEmpty(key) ? null : key,
            AllowCredentialsInClearText = arguments.GetValue(_clearText),
        };
    }

    private static Option<string?> PemFile(string name, string variable, string content) =>
        new(name)
        {
            Description = $"A PEM file of {content}; without it, the environment's {variable} is used.",
            HelpName = "file",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? path : null,
        };
}
