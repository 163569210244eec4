using Codec.Server.Identity;
using Codec.Server.Options;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using Microsoft.Extensions.Options;

namespace CodecServer.Tests.Identity;

public sealed class ExposureTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("http://127.0.0.1:5080", true)]
    [InlineData("http://[::1]:5080", true)]
    [InlineData("http://localhost:5080", true)]
    [InlineData("http://*:5080", false)]
    [InlineData("http://0.0.0.0:5080", false)]
    [InlineData("https://192.168.1.2:5080", false)]
    public void Validate_NothingConfigured_AllowsTheLoopbackAlone(string listen, bool isAllowed)
    {
        ValidateOptionsResult result = Validate(listen, new IdentityOptions());

        Assert.Equal(isAllowed, result.Succeeded);
        if (!isAllowed)
        {
            Assert.All(
                new[] { listen, "keys create", "--keys-file", "--jwt-issuer", "--client-ca", "--listen", "--allow-anonymous" },
                remedy => Assert.Contains(remedy, result.FailureMessage, StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task Validate_AnyCredentialOrTheOption_AllowsEveryAddress()
    {
        const string listen = "http://*:5080";
        Assert.True(Validate(listen, new IdentityOptions { AllowAnonymous = true }).Succeeded);
        Assert.True(Validate(listen, new IdentityOptions { KeysFile = "keys.json" }).Succeeded);
        Assert.True(Validate(listen, new IdentityOptions { JwtIssuer = "https://issuer.example" }).Succeeded);
        Assert.True(Validate(listen, new IdentityOptions(), new TlsOptions { ClientCertificates = "required" }).Succeeded);
        await Store()
            .AddAsync(
                new()
                {
                    Id = "0123456789ab",
                    Name = "anna",
                    Roles = ["admin"],
                    Sha256 = ApiKey.Sha256("key"),
                },
                TestContext.Current.CancellationToken
            );
        Assert.True(Validate(listen, new IdentityOptions()).Succeeded);
    }

    private ValidateOptionsResult Validate(string listen, IdentityOptions identity, TlsOptions? tls = null) =>
        new ExposureCheck(Options.Create(new ServerOptions { Listen = listen }), Options.Create(tls ?? new TlsOptions()), Store()).Validate(
            name: null,
            identity
        );

    private FileCredentialStore Store() => new(_directory.File("credentials.json"), TimeProvider.System);
}
