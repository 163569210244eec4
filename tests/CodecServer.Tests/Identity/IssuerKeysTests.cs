using System.Net;
using System.Security.Cryptography;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace CodecServer.Tests.Identity;

/// <summary>The public keys of the issuer of tokens: in a file or at a URL, changed, missing or wrong.</summary>
public sealed class IssuerKeysTests : IDisposable
{
    private const int TokenCheckFailed = 507;

    private readonly TemporaryDirectory _directory = new();
    private readonly ECDsaSecurityKey _key = Tokens.CreateKey("first");
    private readonly ECDsaSecurityKey _other = Tokens.CreateKey("second");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string File => _directory.File("jwks.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task File_Changes_IsReadWithTheNextToken()
    {
        WriteFile(_key);
        await using IdentityServer server = await Tokens.StartServerAsync(File);
        Assert.Equal(
            (StatusCode.OK, StatusCode.Unauthenticated),
            (await Tokens.StatusAsync(server, _key), await Tokens.StatusAsync(server, _other))
        );

        WriteFile(_other);

        Assert.Equal(
            (StatusCode.Unauthenticated, StatusCode.OK),
            (await Tokens.StatusAsync(server, _key), await Tokens.StatusAsync(server, _other))
        );
    }

    [Theory]
    [InlineData(null, "jwks.json")]
    [InlineData("{}", "no key that verifies signatures")]
    [InlineData("not JSON", "is not a JSON Web Key Set")]
    [InlineData("null", "is not a JSON Web Key Set: write an object with the array keys")]
    [InlineData("[]", "is not a JSON Web Key Set: write an object with the array keys")]
    [InlineData("""{"keys": [{"kty": "RSA", "n": 5}]}""", "is not a JSON Web Key Set: write an object with the array keys")]
    [InlineData("""{"keys": [{"kid": "a", "kty": "RSA", "n": "!!", "e": "AQAB"}]}""", "the key 'a' is not used: it is not a public key of")]
    [InlineData("""{"keys": [{"kid": "a", "kty": "oct", "k": "AAAA"}]}""", "the key 'a' is not used: it is not a public key of RSA")]
    public async Task File_CannotBeUsed_StopsTheStart(string? content, string reason)
    {
        if (content is not null)
            _directory.Write("jwks.json", content);

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(async () =>
        {
            await using IdentityServer server = await Tokens.StartServerAsync(File);
        });

        Assert.Contains(File, refused.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Contains("--jwt-keys", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_IsDeletedLater_IsTheServersFaultAndLoggedAndReported()
    {
        WriteFile(_key);
        await using IdentityServer server = await Tokens.StartServerAsync(File, TokenCheckFailed);
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(server)).Status);
        System.IO.File.Delete(File);

        RpcException refused = await Rpc.FailsAsync(
            StatusCode.Unavailable,
            async () => await server.Server.Models.ListModelsAsync(new(), Rpc.As(Tokens.Sign(_key)))
        );

        Assert.Equal("CREDENTIAL_NOT_CHECKED", refused.Reason());
        Assert.Contains("the server's log has the cause", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("jwks.json", Assert.Single(server.Server.Errors.Of(TokenCheckFailed)), StringComparison.Ordinal);
        (HttpStatusCode status, string text) = await HealthAsync(server);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("jwks.json", text, StringComparison.Ordinal);
        WriteFile(_key);
        Assert.Equal(StatusCode.OK, await Tokens.StatusAsync(server, _key));
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(server)).Status);
    }

    [Fact]
    public async Task Url_HasANewKey_IsReadAgainForATokenOfIt()
    {
        string keys = Tokens.KeySet(_key);
        await using WebApplication issuer = await StartIssuerAsync(() => Results.Text(keys));
        await using IdentityServer server = await Tokens.StartServerAsync($"{issuer.Urls.First()}/jwks");
        Assert.Equal(StatusCode.OK, await Tokens.StatusAsync(server, _key));

        keys = Tokens.KeySet(_key, _other);

        // The first such token lets the keys be read again.
        await Waiting.UntilAsync(async () => await Tokens.StatusAsync(server, _other) == StatusCode.OK, "The new key", Ct);
        Assert.Equal(StatusCode.OK, await Tokens.StatusAsync(server, _key));
    }

    /// <summary>The server serves other credentials meanwhile, and the issuer may start after it.</summary>
    [Fact]
    public async Task Url_FailsAtTheStart_IsReportedByHealthUntilItAnswers()
    {
        bool answers = false;
        await using WebApplication issuer = await StartIssuerAsync(() =>
            answers ? Results.Text(Tokens.KeySet(_key)) : Results.StatusCode(500)
        );
        await using IdentityServer server = await Tokens.StartServerAsync($"{issuer.Urls.First()}/jwks", TokenCheckFailed);

        // Nobody has sent a token.
        await Waiting.UntilAsync(
            async () => (await HealthAsync(server)).Status == HttpStatusCode.ServiceUnavailable,
            "The report of the issuer",
            Ct
        );
        Assert.Contains($"{issuer.Urls.First()}/jwks", (await HealthAsync(server)).Text, StringComparison.Ordinal);
        Assert.Equal(StatusCode.Unavailable, await Tokens.StatusAsync(server, _key));
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(server, "ready")).Status);
        answers = true;

        Assert.Equal(StatusCode.OK, await Tokens.StatusAsync(server, _key));
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(server)).Status);
    }

    /// <summary>Keys that somebody can change on the way accept anything.</summary>
    [Theory]
    [InlineData("http://keys.example/jwks")]
    [InlineData("HTTP://keys.example/jwks")]
    public async Task Url_ClearTextBeyondTheLoopback_StopsTheStart(string url)
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(async () =>
        {
            await using IdentityServer server = await Tokens.StartServerAsync(url);
        });

        Assert.Contains("in clear text; use https", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Url_LeadsToClearText_IsNotFollowed(bool isRedirection)
    {
        string address = "";
        await using WebApplication issuer = await StartIssuerAsync(() =>
            isRedirection
                ? Results.Redirect("http://keys.example/jwks")
                : Results.Json(new { issuer = address, jwks_uri = "http://keys.example/jwks" })
        );
        address = issuer.Urls.First();
        await using IdentityServer server = isRedirection
            ? await Tokens.StartServerAsync($"{address}/jwks")
            : await StartDiscoveringServerAsync(address);

        await Waiting.UntilAsync(
            async () => (await HealthAsync(server)).Status == HttpStatusCode.ServiceUnavailable,
            "The report of the issuer",
            Ct
        );

        if (!isRedirection)
            Assert.Contains("'http://keys.example/jwks' is not an https URL", (await HealthAsync(server)).Text, StringComparison.Ordinal);
    }

    /// <summary>OpenID Connect Discovery 1.0, 4.3: the document must name the issuer that was asked for.</summary>
    [Theory]
    [InlineData("another", "it names the issuer 'https://another.example', not '")]
    [InlineData("slash", "/', not '")]
    [InlineData("none", "it names the issuer '', not '")]
    [InlineData("not JSON", "invalid start")]
    [InlineData("no keys", "'' is not an https URL")]
    [InlineData("empty set", "there is no key that verifies signatures")]
    [InlineData("damaged set", "is not a JSON Web Key Set: write an object with the array keys")]
    public async Task Discovery_CannotBeUsed_IsReportedInPlainWords(string fault, string expected)
    {
        string address = "";
        await using WebApplication issuer = await StartIssuerAsync(
            () => Results.Text(fault == "damaged set" ? "[]" : """{"keys": []}"""),
            () =>
                fault switch
                {
                    "another" => Results.Json(new { issuer = "https://another.example", jwks_uri = address + "/jwks" }),
                    "slash" => Results.Json(new { issuer = address + "/", jwks_uri = address + "/jwks" }),
                    "none" => Results.Json(new { jwks_uri = address + "/jwks" }),
                    "not JSON" => Results.Text("<html>"),
                    "no keys" => Results.Json(new { issuer = address }),
                    _ => Results.Json(new { issuer = address, jwks_uri = address + "/jwks" }),
                }
        );
        address = issuer.Urls.First();
        await using IdentityServer server = await StartDiscoveringServerAsync(address);

        await Waiting.UntilAsync(
            async () => (await HealthAsync(server)).Text.Contains(expected, StringComparison.Ordinal),
            "The report of the issuer",
            Ct
        );
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await HealthAsync(server)).Status);
    }

    [Fact]
    public async Task Discovery_NamesTheIssuer_IsUsed()
    {
        string address = "";
        await using WebApplication issuer = await StartIssuerAsync(
            () => Results.Text(Tokens.KeySet(_key)),
            () => Results.Json(new { issuer = address, jwks_uri = address + "/jwks" })
        );
        address = issuer.Urls.First();
        await using IdentityServer server = await StartDiscoveringServerAsync(address);

        Assert.Equal(StatusCode.OK, await Tokens.StatusAsync(server, Tokens.Sign(_key, issuer: address)));
        Assert.Equal(StatusCode.Unauthenticated, await Tokens.StatusAsync(server, _key));
    }

    /// <summary>An issuer that withdraws all keys is not believed by those it had.</summary>
    [Fact]
    public async Task Url_WithdrawsAllKeys_NoTokenIsAccepted()
    {
        string keys = Tokens.KeySet(_key);
        await using WebApplication issuer = await StartIssuerAsync(() => Results.Text(keys));
        await using IdentityServer server = await Tokens.StartServerAsync($"{issuer.Urls.First()}/jwks", TokenCheckFailed);
        Assert.Equal(StatusCode.OK, await Tokens.StatusAsync(server, _key));

        keys = """{"keys": []}""";
        // A token of an unknown key lets them be read again.
        await Waiting.UntilAsync(async () => await Tokens.StatusAsync(server, _other) == StatusCode.Unavailable, "The end of the keys", Ct);

        Assert.Equal(StatusCode.Unavailable, await Tokens.StatusAsync(server, _key));
        Assert.Contains("there is no key that verifies", (await HealthAsync(server)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Url_AnswersWithoutEnd_IsRefusedAtTheBound()
    {
        await using WebApplication issuer = await StartIssuerAsync(() => new EndlessAnswer());
        await using IdentityServer server = await Tokens.StartServerAsync($"{issuer.Urls.First()}/jwks");

        await Waiting.UntilAsync(
            async () => (await HealthAsync(server)).Text.Contains("/jwks' answers with more than 4194304 bytes", StringComparison.Ordinal),
            "The report of the issuer",
            Ct
        );
    }

    [Theory]
    [InlineData(1024, "", "RSA with 1024 bits; at least 2048 are needed")]
    [InlineData(2048, "\"key_ops\": [\"sign\"],", "its key_ops are 'sign', without verify")]
    [InlineData(2048, "\"key_ops\": [\"sign\", \"verify\"],", null)]
    public async Task File_KeyThatMustNotVerify_IsNotUsed(int bits, string more, string? fault)
    {
        var key = new RsaSecurityKey(RSA.Create(bits)) { KeyId = "rsa" };
        _directory.Write("jwks.json", Tokens.KeySet(key, "RS256", more));
        Exception? refused = await Record.ExceptionAsync(async () =>
        {
            await using IdentityServer server = await Tokens.StartServerAsync(File);
        });

        if (fault is null)
            Assert.Null(refused);
        else
            Assert.Contains($"the key 'rsa' is not used: {fault}", refused?.Message, StringComparison.Ordinal);
    }

    private static Task<IdentityServer> StartDiscoveringServerAsync(string issuer) =>
        IdentityServer.StartAsync("--jwt-issuer", issuer, "--jwt-audience", Tokens.Audience, "--operations-listen", "http://127.0.0.1:0");

    private static async Task<WebApplication> StartIssuerAsync(Func<IResult> answer, Func<IResult>? discovery = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        WebApplication issuer = builder.Build();
        issuer.MapGet("/jwks", answer);
        issuer.MapGet("/.well-known/openid-configuration", discovery ?? answer);
        await issuer.StartAsync(Ct);
        return issuer;
    }

    private static async Task<(HttpStatusCode Status, string Text)> HealthAsync(IdentityServer server, string check = "tokens")
    {
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.GetAsync($"{server.Server.OperationsAddress}/healthz/{check}", Ct);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct));
    }

    private void WriteFile(ECDsaSecurityKey key) => _directory.Write("jwks.json", Tokens.KeySet(key) + new string(' ', key.KeyId.Length));

    private sealed class EndlessAnswer : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            byte[] block = new byte[1 << 16];
            while (!httpContext.RequestAborted.IsCancellationRequested)
                await httpContext.Response.Body.WriteAsync(block, Ct);
        }
    }
}
