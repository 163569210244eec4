using System.Security.Cryptography;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using V1 = Codec.V1;

namespace CodecServer.Tests.Identity;

/// <summary>Tokens of an issuer: signed by test keys, whose public parts are in a file or behind a URL.</summary>
public sealed class TokenTests : IDisposable
{
    private const string Issuer = "https://issuer.example";
    private const string Audience = "codec";

    private readonly TemporaryDirectory _directory = new();
    private readonly ECDsaSecurityKey _key = CreateKey("first");
    private readonly ECDsaSecurityKey _other = CreateKey("second");

    private string KeysFile => _directory.File("jwks.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Call_ValidToken_HasItsNameAndRoles()
    {
        await using IdentityServer server = await StartAsync();
        string token = Sign(_key, roles: ["subscribe:faces", "another-application's"]);

        RpcException denied = await Rpc.FailsAsync(
            StatusCode.PermissionDenied,
            async () => await server.Server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.As(token))
        );

        Assert.Contains("'anna' lacks the role publish:CHANNELS", denied.Status.Detail, StringComparison.Ordinal);
        Assert.Empty((await server.Server.Channels.ListChannelsAsync(new(), Rpc.As(token))).Channels);
        Assert.Empty((await server.Server.Channels.ListChannelsAsync(new(), Rpc.As(Sign(_key, roles: ["encode subscribe:*"])))).Channels);
    }

    [Theory]
    [InlineData("expired", "The token expired at")]
    [InlineData("early", "not valid before")]
    [InlineData("endless", "never expires")]
    [InlineData("audience", "another audience")]
    [InlineData("issuer", "another issuer")]
    [InlineData("unknown key", "the issuer does not list")]
    [InlineData("another key", "not valid")]
    [InlineData("changed", "not valid")]
    [InlineData("none", "not valid")]
    [InlineData("hmac", "not valid")]
    [InlineData("no name", "claim sub does not name")]
    [InlineData("terminal name", "claim sub does not name")]
    [InlineData("noise", "not valid")]
    public async Task Call_WrongToken_IsUnauthenticatedWithTheReason(string fault, string reason)
    {
        await using IdentityServer server = await StartAsync();
        string valid = Sign(_key);
        string[] parts = valid.Split('.');
        string token = fault switch
        {
            "expired" => Sign(_key, from: -3600, to: -120),
            "early" => Sign(_key, from: 120),
            "endless" => Sign(_key, to: null),
            "audience" => Sign(_key, audience: "another"),
            "issuer" => Sign(_key, issuer: "https://another.example"),
            "unknown key" => Sign(_other),
            "another key" => Sign(CreateKey("first")),
            "changed" =>
                $"{parts[0]}.{Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("anna", "boss", StringComparison.Ordinal))}.{parts[2]}",
            "none" => $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.",
            "hmac" => Sign(new SymmetricSecurityKey(_key.ECDsa.ExportSubjectPublicKeyInfo()) { KeyId = "first" }),
            "no name" => Sign(_key, name: null),
            "terminal name" => Sign(_key, name: "anna\u001b[31m"),
            _ => "this.is.noise",
        };

        RpcException refused = await Rpc.FailsAsync(
            StatusCode.Unauthenticated,
            async () => await server.Server.Models.ListModelsAsync(new(), Rpc.As(token))
        );

        Assert.Contains(reason, refused.Status.Detail, StringComparison.Ordinal);
        Assert.Empty((await server.Server.Models.ListModelsAsync(new(), Rpc.As(valid))).Models);
    }

    [Fact]
    public async Task Keys_InAFileThatChanges_AreReplacedWithTheNextToken()
    {
        await using IdentityServer server = await StartAsync();
        Assert.Equal((StatusCode.OK, StatusCode.Unauthenticated), (await StatusAsync(server, _key), await StatusAsync(server, _other)));

        WriteKeys(_other);

        Assert.Equal((StatusCode.Unauthenticated, StatusCode.OK), (await StatusAsync(server, _key), await StatusAsync(server, _other)));
    }

    [Fact]
    public async Task Keys_BehindAUrl_AreReadAgainForAnUnknownKey()
    {
        string keys = KeySet(_key);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        await using WebApplication issuer = builder.Build();
        issuer.MapGet("/jwks", () => keys);
        await issuer.StartAsync(TestContext.Current.CancellationToken);
        await using IdentityServer server = await StartAsync($"{issuer.Urls.First()}/jwks");
        Assert.Equal(StatusCode.OK, await StatusAsync(server, _key));

        keys = KeySet(_key, _other);

        // The first such token lets the keys be read again.
        await Waiting.UntilAsync(
            async () => await StatusAsync(server, _other) == StatusCode.OK,
            "The new key",
            TestContext.Current.CancellationToken
        );
        Assert.Equal(StatusCode.OK, await StatusAsync(server, _key));
    }

    [Fact]
    public async Task Keys_CannotBeRead_IsTheServersFaultAndLogged()
    {
        const int tokenCheckFailed = 507;
        await using IdentityServer server = await IdentityServer.StartAsync(
            [tokenCheckFailed],
            ["--jwt-issuer", Issuer, "--jwt-audience", Audience, "--jwt-keys", _directory.File("missing.json")]
        );

        RpcException refused = await Rpc.FailsAsync(
            StatusCode.Unavailable,
            async () => await server.Server.Models.ListModelsAsync(new(), Rpc.As(Sign(_key)))
        );

        Assert.Contains("the server's log has the cause", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("missing.json", Assert.Single(server.Server.Errors.Of(tokenCheckFailed)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscription_ItsTokenExpires_EndsWithinHalfAMinute()
    {
        await using IdentityServer server = await StartAsync();
        CallOptions call = Rpc.As(Sign(_key, to: 600, roles: ["publish:faces", "subscribe:faces"]));
        await server.Server.Channels.CreateChannelAsync(new() { Name = "faces" }, call);
        using AsyncServerStreamingCall<V1.SubscribeResponse> stream = server.Server.Channels.Subscribe(new() { Channel = "faces" }, call);
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        // The clocks may differ by 60 s.
        server.Time.Advance(TimeSpan.FromSeconds(600 + 60 + 30));

        RpcException end = await Rpc.FailsAsync(
            StatusCode.Unauthenticated,
            () => stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken)
        );
        Assert.Equal("CREDENTIAL_ENDED", end.Reason());
    }

    private static ECDsaSecurityKey CreateKey(string id) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = id };

    private static string KeySet(params ECDsaSecurityKey[] keys) => $$"""{"keys": [{{string.Join(',', keys.Select(Public))}}]}""";

    private static string Public(ECDsaSecurityKey key)
    {
        ECParameters point = key.ECDsa.ExportParameters(includePrivateParameters: false);
        return $$"""
            {"kty": "EC", "use": "sig", "crv": "P-256", "kid": "{{key.KeyId}}",
             "x": "{{Base64UrlEncoder.Encode(point.Q.X)}}", "y": "{{Base64UrlEncoder.Encode(point.Q.Y)}}"}
            """;
    }

    /// <summary>Writes a token whose times are in seconds from now.</summary>
    private static string Sign(
        SecurityKey key,
        string? name = "anna",
        string issuer = Issuer,
        string audience = Audience,
        int from = -10,
        int? to = 3600,
        string[]? roles = null
    )
    {
        DateTime now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var claims = new Dictionary<string, object> { ["roles"] = roles ?? ["admin"] };
        if (name is not null)
            claims["sub"] = name;

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = issuer,
                Audience = audience,
                NotBefore = now.AddSeconds(from),
                Expires = to is { } seconds ? now.AddSeconds(seconds) : null,
                Claims = claims,
                SigningCredentials = new SigningCredentials(
                    key,
                    key is SymmetricSecurityKey ? SecurityAlgorithms.HmacSha256 : SecurityAlgorithms.EcdsaSha256
                ),
            }
        );
    }

    private static async Task<StatusCode> StatusAsync(IdentityServer server, SecurityKey key)
    {
        try
        {
            await server.Server.Models.ListModelsAsync(new(), Rpc.As(Sign(key)));
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }

    private Task<IdentityServer> StartAsync(string? keys = null)
    {
        WriteKeys(_key);
        return IdentityServer.StartAsync("--jwt-issuer", Issuer, "--jwt-audience", Audience, "--jwt-keys", keys ?? KeysFile);
    }

    private void WriteKeys(params ECDsaSecurityKey[] keys) =>
        _directory.Write("jwks.json", KeySet(keys) + new string(' ', keys[0].KeyId.Length));
}
