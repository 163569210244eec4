using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests;

/// <summary>How the trainer reaches the service, and what it says when it cannot.</summary>
public sealed class TrainerConnectionTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Publish_NothingListens_SaysWhatItWaitsForAndFails()
    {
        string model = _folder.File("small.codec");
        SmallModel.Create().Save(model);
        string server = $"http://127.0.0.1:{Ports.Free()}";

        BufferedCommandResult result = await RunAsync("publish", model, "--server", server);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains(
            $"{server} refused the connection (Connection refused). Trying again.",
            result.StandardOutput,
            StringComparison.Ordinal
        );
        Assert.StartsWith("trainer: Could not ", result.StandardError, StringComparison.Ordinal);
        Assert.Contains($"{server} refused the connection", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_OverTls_PresentsItsCertificateAndTrustsTheAuthority()
    {
        using var authority = new CertificateAuthority("authority");
        (string certificate, string key) = authority.Issue("server").WriteTo(_folder.Path, "server");
        (string own, string ownKey) = authority.Issue("anna", forClients: true).WriteTo(_folder.Path, "anna");
        string ca = _folder.Write("ca.crt", authority.Pem);
        string keys = _folder.File("keys.json");
        string model = _folder.File("small.codec");
        SmallModel.Create().Save(model);
        string[] create = ["keys", "create", "anna", "--role", "admin", "--certificate", "anna", "--file", keys];
        Assert.Equal(
            0,
            (
                await Programs
                    .Dotnet(Programs.PathOf("src/CodecServer", "CodecServer"), create)
                    .RunAsync(TestContext.Current.CancellationToken)
            ).ExitCode
        );
        await using ServerProcess server = await ServerProcess.StartAsync(
            new ServerSettings
            {
                Address = "https://127.0.0.1:0",
                Arguments =
                [
                    .. (string[])["--tls-certificate", certificate, "--tls-key", key, "--keys-file", keys],
                    .. (string[])["--client-certificates", "required", "--client-ca", ca],
                ],
            },
            TestContext.Current.CancellationToken
        );

        BufferedCommandResult published = await RunAsync([
            "publish",
            model,
            "--server",
            server.Address,
            "--ca",
            ca,
            "--client-certificate",
            own,
            "--client-key",
            ownKey,
        ]);

        Assert.Equal((0, ""), (published.ExitCode, published.StandardError));
        Assert.Contains("is published", published.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_UsageError_IsOneLine()
    {
        BufferedCommandResult result = await RunAsync("publish", "model.codec", "stray");

        Assert.Equal((2, ""), (result.ExitCode, result.StandardOutput));
        Assert.Contains("See trainer publish --help", Assert.Single(result.StandardError.Trim().Split('\n')), StringComparison.Ordinal);
    }

    private static Task<BufferedCommandResult> RunAsync(params string[] arguments) =>
        Programs.Dotnet(Programs.PathOf("src/Trainer", "trainer"), arguments).RunAsync(TestContext.Current.CancellationToken);
}
