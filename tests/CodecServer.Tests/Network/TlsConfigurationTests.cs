using Codec.Server;
using Codec.Server.Services;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Network;

/// <summary>Options of TLS that are wrong: each is refused at the start, in one line that names the option and the remedy.</summary>
public sealed class TlsConfigurationTests
{
    private const string Https = "https://127.0.0.1:0";
    private const string Http = "http://127.0.0.1:0";

    [Theory]
    [InlineData("which needs a certificate. Set Codec:Tls:Certificate (--tls-certificate)", "--listen", Https)]
    [InlineData("Codec:Tls:Key (--tls-key) is not. Set it", "--listen", Https, "--tls-certificate", "{tls.crt}")]
    [InlineData("does not use TLS, but options of Codec:Tls are set", "--listen", Http, "--tls-certificate", "{tls.crt}")]
    [InlineData("does not use TLS, but options of Codec:Tls are set", "--listen", Http, "--client-certificates", "required")]
    [InlineData(
        "Codec:Tls:Certificate: the file '/no/file' does not exist.",
        "--listen",
        Https,
        "--tls-certificate",
        "/no/file",
        "--tls-key",
        "{tls.key}"
    )]
    [InlineData(
        "Codec:Tls:Key: the file '/no/file' does not exist.",
        "--listen",
        Https,
        "--tls-certificate",
        "{tls.crt}",
        "--tls-key",
        "/no/file"
    )]
    [InlineData("has no certificate in PEM text", "--listen", Https, "--tls-certificate", "{tls.key}", "--tls-key", "{tls.key}")]
    [InlineData("has a certificate that cannot be read", "--listen", Https, "--tls-certificate", "{damaged}", "--tls-key", "{tls.key}")]
    [InlineData("has no private key in PEM text", "--listen", Https, "--tls-certificate", "{tls.crt}", "--tls-key", "{tls.crt}")]
    [InlineData(
        "is encrypted. Write it without a password",
        "--listen",
        Https,
        "--tls-certificate",
        "{tls.crt}",
        "--tls-key",
        "{encrypted}"
    )]
    [InlineData(
        "does not belong to the first certificate in",
        "--listen",
        Https,
        "--tls-certificate",
        "{tls.crt}",
        "--tls-key",
        "{other.key}"
    )]
    [InlineData("may not be read by the user", "--listen", Https, "--tls-certificate", "{tls.crt}", "--tls-key", "{folder}")]
    [InlineData("Codec:Tls:ClientCa (--client-ca) is not set", "{sound}", "--client-certificates", "required")]
    [InlineData("Codec:Tls:ClientCertificates (--client-certificates) is 'none'", "{sound}", "--client-ca", "{tls.crt}")]
    [InlineData("Codec:Tls:ClientCa: '", "{sound}", "--client-certificates", "optional", "--client-ca", "{tls.key}")]
    [InlineData("it must be one of: none, optional, required", "{sound}", "--client-certificates", "perhaps")]
    public async Task StartAsync_WrongOptions_SaysWhichAndWhatToDo(string expected, params string[] args)
    {
        using var folder = new TlsFolder();
        string[] sound = ["--listen", Https, "--tls-certificate", folder.Certificate, "--tls-key", folder.Key];
        string other = folder.Write("other.key", folder.Authority.Issue("other").Key);
        string damaged = folder.Write("damaged", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        string encrypted = folder.Write("encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        string[] all =
        [
            .. args.SelectMany(argument =>
                argument switch
                {
                    "{sound}" => sound,
                    "{tls.crt}" => [folder.Certificate],
                    "{tls.key}" => [folder.Key],
                    "{other.key}" => [other],
                    "{folder}" => [Path.GetDirectoryName(folder.Key)!],
                    "{damaged}" => [damaged],
                    "{encrypted}" => [encrypted],
                    _ => (string[])[argument],
                }
            ),
        ];

        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => TestServer.StartAsync(all));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public async Task HealthProbe_OverTls_TrustsTheConfiguredCertificateOnly()
    {
        using var folder = new TlsFolder();
        await using TestServer server = await TestServer.StartAsync(folder.Arguments);
        (string otherCertificate, string otherKey) = (folder.Write("other.crt", folder.Authority.Issue("other").Certificate), folder.Key);

        Assert.Equal(0, (await ProbeAsync(folder.Certificate, folder.Key)).Status);
        (int status, string text) = await ProbeAsync(otherCertificate, otherKey);
        Assert.Equal(1, status);
        Assert.StartsWith($"No answer at {server.Address}: ", text, StringComparison.Ordinal);
        ArgumentException required = await Assert.ThrowsAsync<ArgumentException>(() =>
            ProbeAsync(folder.Certificate, folder.Key, "--client-certificates", "required")
        );
        Assert.Contains("Set Codec:Operations:Listen", required.Message, StringComparison.Ordinal);

        async Task<(int Status, string Text)> ProbeAsync(string certificate, string key, params string[] more)
        {
            string[] args = ["--listen", server.Address, "--tls-certificate", certificate, "--tls-key", key, .. more];
            using var output = new StringWriter();
            int status;
            do
            {
                // The first check of health runs just after the start.
                status = await HealthProbe.RunAsync(CommandLine.Parse(args).Settings, output);
            } while (output.ToString().EndsWith("NotServing\n", StringComparison.Ordinal));
            return (status, output.ToString());
        }
    }
}
