using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Network;

namespace CodecServer.Tests.Processes;

public sealed class TlsRotationTests
{
    /// <summary>As Kubernetes exchanges a Secret: the files are links through a folder that is a link, and that one is replaced.</summary>
    [Fact]
    public async Task Rotate_MountedSecret_NewConnectionsGetTheNewCertificate()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mv -T, which replaces a link in one step, is of Linux.");
        using var folder = new TlsFolder();
        using var secret = new TemporaryDirectory();
        await MountAsync("..1", "first");
        File.CreateSymbolicLink(secret.File("tls.crt"), Path.Combine("..data", "tls.crt"));
        File.CreateSymbolicLink(secret.File("tls.key"), Path.Combine("..data", "tls.key"));
        await using ServerProcess server = await ServerProcess.StartAsync(
            new ServerSettings
            {
                Address = "https://127.0.0.1:0",
                Arguments =
                [
                    .. (string[])["--tls-certificate", secret.File("tls.crt"), "--tls-key", secret.File("tls.key")],
                    "--tls-reload-seconds",
                    "1",
                ],
            },
            TestContext.Current.CancellationToken
        );
        Assert.Equal("CN=first", (await folder.HandshakeAsync(server.Address)).Subject);

        await MountAsync("..2", "second");

        await Waiting.UntilAsync(
            async () => (await folder.HandshakeAsync(server.Address)).Subject == "CN=second",
            "The new certificate",
            TestContext.Current.CancellationToken
        );
        // A handshake may be faster than the line.
        await Waiting.UntilAsync(
            () => server.Output.Contains("Using the certificate CN=second", StringComparison.Ordinal),
            "The line about the new certificate",
            TestContext.Current.CancellationToken
        );
        Assert.Equal("", server.Errors);

        async Task MountAsync(string version, string name)
        {
            folder.Authority.Issue(name).WriteTo(Directory.CreateDirectory(secret.File(version)).FullName, "tls");
            File.CreateSymbolicLink(secret.File("..data_tmp"), version);
            await Programs
                .Command("mv", "-T", secret.File("..data_tmp"), secret.File("..data"))
                .RunAsync(TestContext.Current.CancellationToken);
        }
    }
}
