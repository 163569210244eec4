using Codec.Server;
using Codec.Server.Identity;
using Codec.Server.Options;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CodecServer.Tests.Identity;

/// <summary>Who may call without a credential, when there is no file of credentials (any more).</summary>
public sealed class AuthenticatorTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [Theory]
    [InlineData("http://*:5080", false, false)]
    [InlineData("http://*:5080", true, true)]
    [InlineData("http://127.0.0.1:5080", false, true)]
    public async Task AuthenticateAsync_NoCredentials_AreNeededOnlyBeyondTheLoopback(string listen, bool allowAnonymous, bool accepts)
    {
        IOptions<IdentityOptions> identity = Options.Create(new IdentityOptions { AllowAnonymous = allowAnonymous });
        var directory = new CredentialDirectory(
            new FileCredentialStore(_folder.File("credentials.json"), TimeProvider.System),
            identity,
            new AuditLog(NullLoggerFactory.Instance, TimeProvider.System),
            TimeProvider.System,
            NullLogger<CredentialDirectory>.Instance
        );
        var authenticator = new Authenticator(
            directory,
            identity,
            Options.Create(new TlsOptions()),
            Options.Create(new ServerOptions { Listen = listen }),
            NullLogger<Authenticator>.Instance
        );

        Assert.Equal(accepts, authenticator.IsStillValid(Caller.Anonymous));
        if (!accepts)
        {
            var failure = await Assert.ThrowsAsync<RequestException>(() => authenticator.AuthenticateAsync(new DefaultHttpContext()));
            Assert.Contains("The call has no credential.", failure.Message, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();
}
