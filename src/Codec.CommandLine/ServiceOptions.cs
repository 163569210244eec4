using System.CommandLine;
using Codec.Client;

namespace Codec.CommandLine;

/// <summary>The options of a command that calls the service: its address, the certificates of TLS, and the credential.</summary>
/// <remarks>No option takes the key itself: other users of the host can read command lines.</remarks>
public sealed class ServiceOptions
{
    /// <summary>The environment variable of the server's address.</summary>
    public const string ServerVariable = "CODEC_SERVER";

    /// <summary>The environment variable of the API key.</summary>
    public const string KeyVariable = "CODEC_API_KEY";

    private const string CaVariable = "CODEC_CA";
    private const string CertificateVariable = "CODEC_CLIENT_CERTIFICATE";
    private const string CertificateKeyVariable = "CODEC_CLIENT_KEY";
    private const string DefaultServer = "http://127.0.0.1:5080";

    private readonly Option<string?> _server = new("--server")
    {
        HelpName = "ADDRESS",
        Description = $"Address of the service. Default: {ServerVariable} of the environment, or the profile's, or {DefaultServer}.",
    };

    private readonly Option<string?> _ca = PemFile("--ca", CaVariable, "certificate authorities to trust instead of the system's");

    private readonly Option<string?> _certificate = PemFile("--client-certificate", CertificateVariable, "the certificate to present");

    private readonly Option<string?> _certificateKey = PemFile("--client-key", CertificateKeyVariable, "the certificate's private key");

    private readonly Option<FileInfo?> _keyFile = new("--api-key-file")
    {
        HelpName = "PATH",
        Description = $"A file with the API key for the service. Default: the key in {KeyVariable} of the environment, or the profile's.",
    };

    private readonly Option<bool> _clearText = new("--allow-clear-text")
    {
        Description = "Send the API key without TLS to another host: a sidecar, or a network that you trust.",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_server, _ca, _certificate, _certificateKey, _keyFile, _clearText];

    /// <summary>Creates a client that says what it waits for while the service cannot be reached.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="say">Receives a line for the first failure.</param>
    /// <param name="configure">Changes the options; null leaves them.</param>
    /// <exception cref="UsageException">An option is wrong, or names a file that cannot be used; so is the profile.</exception>
    public CodecClient Connect(ParseResult arguments, Action<string> say, Func<CodecClientOptions, CodecClientOptions>? configure = null)
    {
        CodecClient client;
        try
        {
            CodecClientOptions options = Read(arguments);
            client = new CodecClient(configure?.Invoke(options) ?? options);
        }
        catch (Exception exception)
            when (exception is ArgumentException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UsageException(NameOptions(CommandRunner.OneLine(exception)), exception);
        }

        client.ConnectionChanged += (_, change) =>
        {
            if (change is { State: ConnectionState.Waiting, Reason: { } reason })
                say($"{reason.Message} Trying again.");
        };
        return client;
    }

    /// <summary>A message of the SDK, which names its own options, with those of the command line.</summary>
    private string NameOptions(string message)
    {
        const string Tls = $"The option {nameof(CodecClientOptions.Tls)}.";
        (string Theirs, string Ours)[] names =
        [
            ($"The option {nameof(CodecClientOptions.Address)}", "The server"),
            ($"The option {nameof(CodecClientOptions.ApiKey)}", "The API key"),
            ($"{Tls}{nameof(ClientTls.CaFile)}", _ca.Name),
            ($"{Tls}{nameof(ClientTls.CertificateFile)}", _certificate.Name),
            ($"{nameof(CodecClientOptions.Tls)}.{nameof(ClientTls.KeyFile)}", _certificateKey.Name),
            (nameof(CodecClientOptions.AllowCredentialsInClearText), _clearText.Name),
        ];
        return names.Aggregate(message, (text, name) => text.Replace(name.Theirs, name.Ours, StringComparison.Ordinal));
    }

    private void RequireUsable(ClientTls tls, string server)
    {
        if (tls is { KeyFile: { } key, CertificateFile: null })
            throw new ArgumentException($"{_certificateKey.Name} is '{key}', but there is no {_certificate.Name}; name its file.");
        if (tls != new ClientTls() && !server.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"The server is '{server}', which does not use TLS; write https, or leave out {_ca.Name}, {_certificate.Name} and "
                    + $"{_certificateKey.Name}."
            );
        }
    }

    private CodecClientOptions Read(ParseResult arguments)
    {
        string? named = arguments.GetValue(_server) ?? Variable(ServerVariable);
        // A profile's credential is for its own server.
        Profile profile = named is null ? Profile.Read() : new Profile();
        string server = named ?? profile.Server ?? DefaultServer;
        string? key =
            arguments.GetValue(_keyFile) is { } file ? ReadKey(file.FullName)
            : Variable(KeyVariable) is { } variable ? variable
            : profile.ApiKeyFile is { } path ? ReadKey(path)
            : null;
        var tls = new ClientTls
        {
            CaFile = arguments.GetValue(_ca) ?? Variable(CaVariable) ?? profile.Ca,
            CertificateFile = arguments.GetValue(_certificate) ?? Variable(CertificateVariable) ?? profile.ClientCertificate,
            KeyFile = arguments.GetValue(_certificateKey) ?? Variable(CertificateKeyVariable) ?? profile.ClientKey,
        };
        RequireUsable(tls, server);
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
                : throw new ArgumentException($"The server is '{server}'; write an address such as {DefaultServer}."),
            ApiKey = key,
            AllowCredentialsInClearText = arguments.GetValue(_clearText) || profile.AllowClearText,
        };
    }

    private static Option<string?> PemFile(string name, string variable, string content) =>
        new(name)
        {
            HelpName = "PATH",
            Description = $"A PEM file of {content}. Default: {variable} of the environment, or the profile's.",
        };

    private string ReadKey(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() is { Length: > 0 } key
                ? key
                : throw new UsageException($"{_keyFile.Name} is '{path}', which is empty; write the key into it, or leave the option out.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{_keyFile.Name} is '{path}', which cannot be read: {exception.Message}", exception);
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
