using CliWrap.Buffered;
using Codec.Client.Tests.Infrastructure;
using Codec.Tests.Shared.Processes;
using Grpc.Core;

namespace Codec.Client.Tests.Processes;

/// <summary>A client with an API key or a provider of tokens, and the real server that checks them.</summary>
public sealed class CredentialsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_KeyOfTheServer_IsAdmittedToItsRoles()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings(), Token);
        string key = await CreateKeyAsync(server, "subscribe:faces");
        int asked = 0;
        using var stranger = new CodecClient(Clients.Options(server.Address));
        using var wrong = new CodecClient(Clients.Options(server.Address) with { ApiKey = key[..^1] + (key[^1] == 'a' ? 'b' : 'a') });
        using var client = new CodecClient(Clients.Options(server.Address) with { ApiKey = key });
        using var provided = new CodecClient(
            Clients.Options(server.Address) with
            {
                TokenProvider = _ =>
                    ++asked == 1 ? throw new IOException("The issuer is away.") : ValueTask.FromResult(asked == 2 ? "codec_old" : key),
            }
        );

        await Codec.Tests.Shared.Waiting.UntilAsync(() => IsRefusedAsync(stranger), "The need for a key", Token);
        Assert.Equal(
            StatusCode.Unauthenticated,
            (await Assert.ThrowsAsync<AccessDeniedException>(() => wrong.ListModelsAsync(Token))).Status
        );
        Assert.Empty(await client.ListModelsAsync(Token));
        AccessDeniedException denied = await Assert.ThrowsAsync<AccessDeniedException>(() =>
            client.CreateChannelAsync("faces", cancellationToken: Token)
        );
        Assert.Equal(StatusCode.PermissionDenied, denied.Status);
        Assert.Contains("publish:CHANNELS", denied.Message, StringComparison.Ordinal);

        using var failing = new CodecClient(
            Clients.Options(server.Address) with
            {
                TokenProvider = _ => throw new IOException("The issuer is away."),
                Reconnect = new ReconnectPolicy { MaxAttempts = 0 },
            }
        );
        Assert.Equal(
            "Could not list the models: TokenProvider failed (The issuer is away).",
            (await Assert.ThrowsAsync<UnavailableException>(() => failing.ListModelsAsync(Token))).Message
        );

        // The provider fails once, which is temporary; a wrong token is not.
        Assert.Contains(
            "incomplete",
            (await Assert.ThrowsAsync<AccessDeniedException>(() => provided.ListModelsAsync(Token))).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(2, asked);
        Assert.Empty(await provided.ListModelsAsync(Token));
    }

    [Theory]
    [InlineData("https://codec.example", false, true)]
    [InlineData("http://127.0.0.1:5080", false, true)]
    [InlineData("http://localhost:5080", false, true)]
    [InlineData("http://codec.example:5080", false, false)]
    [InlineData("http://codec.example:5080", true, true)]
    public void Options_CredentialInClearText_NeedsTheLoopbackOrTheOption(string address, bool isAllowed, bool isAccepted)
    {
        CodecClientOptions options = new()
        {
            Address = new Uri(address),
            ApiKey = "codec_secret",
            AllowCredentialsInClearText = isAllowed,
        };

        Exception? refused = Record.Exception(() => new CodecClient(options).Dispose());

        Assert.Equal(isAccepted, refused is null);
        if (!isAccepted)
            Assert.Contains("AllowCredentialsInClearText", Assert.IsType<ArgumentException>(refused).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", options.ToString() + refused?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("codec_secret\n")]
    [InlineData("codec secret")]
    [InlineData("codec_sécret")]
    public void Options_KeyThatIsNone_IsRefusedWithoutNamingIt(string key)
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new CodecClient(new CodecClientOptions { ApiKey = key }));

        Assert.Contains("ApiKey", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<bool> IsRefusedAsync(CodecClient client)
    {
        try
        {
            await client.ListModelsAsync(Token);
            return false;
        }
        catch (AccessDeniedException)
        {
            return true;
        }
    }

    private static async Task<string> CreateKeyAsync(ServerProcess server, string role)
    {
        BufferedCommandResult created = await Programs
            .Dotnet(
                Programs.PathOf("src/CodecServer", "CodecServer"),
                ["keys", "create", "anna", "--role", role, "--data-directory", server.DataDirectory]
            )
            .RunAsync(Token);
        return created.StandardOutput.Trim();
    }
}
