using System.Security.Cryptography;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.IdentityModel.Tokens;
using V1 = Codec.V1;

namespace CodecServer.Tests.Identity;

/// <summary>Tokens of an issuer: signed by test keys, whose public parts are in a file or behind a URL.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ECDsaSecurityKey _key = Tokens.CreateKey("first");
    private readonly ECDsaSecurityKey _other = Tokens.CreateKey("second");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Call_ValidToken_HasItsNameAndRoles()
    {
        await using IdentityServer server = await StartAsync();
        string token = Tokens.Sign(_key, roles: ["subscribe:faces", "another-application's"]);

        RpcException denied = await Rpc.FailsAsync(
            StatusCode.PermissionDenied,
            async () => await server.Server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.As(token))
        );

        Assert.Contains(
            "'anna' lacks the role publish:CHANNELS, where CHANNELS is a channel or a pattern",
            denied.Status.Detail,
            StringComparison.Ordinal
        );
        Assert.Empty((await server.Server.Channels.ListChannelsAsync(new(), Rpc.As(token))).Channels);
    }

    /// <summary>
    /// A group's name may have spaces: an element of an array is one role or none. A text is a list, as of RFC 8693's scope.
    /// </summary>
    [Theory]
    [InlineData("""["no admin rights"]""", StatusCode.PermissionDenied)]
    [InlineData("""["encode", "site admin"]""", StatusCode.PermissionDenied)]
    [InlineData("""["admin "]""", StatusCode.PermissionDenied)]
    [InlineData("""[["admin"]]""", StatusCode.PermissionDenied)]
    [InlineData("""{"admin": true}""", StatusCode.PermissionDenied)]
    [InlineData("[]", StatusCode.PermissionDenied)]
    [InlineData("true", StatusCode.PermissionDenied)]
    [InlineData("null", StatusCode.PermissionDenied)]
    [InlineData("""["admin"]""", StatusCode.NotFound)]
    [InlineData("""[1, null, "admin"]""", StatusCode.NotFound)]
    [InlineData("\"admin\"", StatusCode.NotFound)]
    [InlineData("\"encode  admin\"", StatusCode.NotFound)]
    public async Task Call_RolesOfAToken_AreAnArrayOrTextWithSpaces(string roles, StatusCode expected)
    {
        await using IdentityServer server = await StartAsync();
        string token = Tokens.SignText(_key, Claims("4102444800", roles));

        await Rpc.FailsAsync(
            expected,
            async () => await server.Server.Channels.DeleteChannelAsync(new() { Name = "faces" }, Rpc.As(token))
        );
    }

    [Theory]
    [InlineData("expired", "; send a new one")]
    [InlineData("early", "not valid before")]
    [InlineData("early, ends before", "it begins at 2")]
    [InlineData("early, another key", "signature is not valid; send")]
    [InlineData("early, no kid", "not valid before")]
    [InlineData("end 4102444800, \"nbf\": 4102440000.5", "not valid before 2099-12-31")]
    [InlineData("end 4102444800, \"nbf\": 999999999999999", "it begins at 9999-12-31 23:59:59Z (nbf), after its end at 2100-01-01")]
    [InlineData("endless", "never expires")]
    [InlineData("audience", "another audience; ask the issuer")]
    [InlineData("issuer", "another issuer; send one of")]
    [InlineData("unknown key", "the issuer does not list")]
    [InlineData("unknown kid", "the issuer does not list")]
    [InlineData("another key", "signature is not valid; send")]
    [InlineData("changed", "signature is not valid; send")]
    [InlineData("none", "signature is not valid; send")]
    [InlineData("hmac", "signature is not valid; send")]
    [InlineData("no name", "claim sub does not name")]
    [InlineData("terminal name", "claim sub does not name")]
    [InlineData("blank name", "claim sub does not name")]
    [InlineData("hidden name", "claim sub does not name")]
    [InlineData("noise", "a claim in it, cannot be read")]
    [InlineData("critical", "header crit demands an extension")]
    [InlineData("end 1e300", "a claim in it, cannot be read")]
    [InlineData("end -1e300", "a claim in it, cannot be read")]
    [InlineData("end 1e19", "a claim in it, cannot be read")]
    [InlineData("end \"tomorrow\"", "a claim in it, cannot be read")]
    [InlineData("end {}", "a claim in it, cannot be read")]
    [InlineData("end null", "a claim in it, cannot be read")]
    [InlineData("end 0", "expired at 1970")]
    [InlineData("end 4102444800, \"nbf\": 1e300", "a claim in it, cannot be read")]
    public async Task Call_WrongToken_IsUnauthenticatedWithTheReason(string fault, string reason)
    {
        await using IdentityServer server = await StartAsync();
        string valid = Tokens.Sign(_key);
        string[] parts = valid.Split('.');
        string token = fault switch
        {
            "expired" => Tokens.Sign(_key, from: -3600, to: -120),
            "early" => Tokens.Sign(_key, from: 120),
            "endless" => Tokens.Sign(_key, to: null),
            "audience" => Tokens.Sign(_key, audience: "another"),
            "issuer" => Tokens.Sign(_key, issuer: "https://another.example"),
            "unknown key" => Tokens.Sign(_other),
            "unknown kid" => Tokens.Sign(new ECDsaSecurityKey(_key.ECDsa) { KeyId = "third" }),
            "early, ends before" => Tokens.Sign(_key, from: 7200, to: 3600),
            "early, another key" => Tokens.Sign(Tokens.CreateKey("first"), from: 120),
            "early, no kid" => Tokens.Sign(new ECDsaSecurityKey(_key.ECDsa), from: 120),
            "another key" => Tokens.Sign(Tokens.CreateKey("first")),
            "changed" =>
                $"{parts[0]}.{Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("anna", "boss", StringComparison.Ordinal))}.{parts[2]}",
            "none" => $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.",
            "hmac" => Tokens.Sign(new SymmetricSecurityKey(_key.ECDsa.ExportSubjectPublicKeyInfo()) { KeyId = "first" }),
            "no name" => Tokens.Sign(_key, name: null),
            "critical" => Tokens.Sign(_key, critical: "exp"),
            _ when fault.StartsWith("end ", StringComparison.Ordinal) => Tokens.SignText(_key, Claims(fault[4..])),
            "blank name" => Tokens.Sign(_key, name: "  "),
            "hidden name" => Tokens.Sign(_key, name: "anna\U000E0041"),
            "terminal name" => Tokens.Sign(_key, name: "anna\u001b[31m"),
            _ => "this.is.noise",
        };

        RpcException refused = await Rpc.FailsAsync(
            StatusCode.Unauthenticated,
            async () => await server.Server.Models.ListModelsAsync(new(), Rpc.As(token))
        );

        Assert.Contains(reason, refused.Status.Detail, StringComparison.Ordinal);
        Assert.Empty((await server.Server.Models.ListModelsAsync(new(), Rpc.As(valid))).Models);
    }

    /// <summary>RFC 7515, 4.1.4: kid is optional.</summary>
    [Fact]
    public async Task Call_TokenWithoutKid_IsCheckedByAllKeys()
    {
        await using IdentityServer server = await Tokens.StartServerAsync(_directory.Write("jwks.json", Tokens.KeySet(_other, _key)));

        Assert.Equal(StatusCode.OK, await Tokens.StatusAsync(server, new ECDsaSecurityKey(_key.ECDsa)));
    }

    [Theory]
    [InlineData("null", StatusCode.OK)]
    [InlineData("\"\"", StatusCode.OK)]
    [InlineData("5", StatusCode.Unauthenticated)]
    [InlineData("{}", StatusCode.Unauthenticated)]
    public async Task Call_KidIsNoText_IsAsNoneOrRefused(string kid, StatusCode expected)
    {
        await using IdentityServer server = await StartAsync();

        Assert.Equal(expected, await Tokens.StatusAsync(server, Tokens.SignText(_key, Claims("4102444800"), kid)));
    }

    [Theory]
    [InlineData(253402300799)]
    [InlineData(999999999999999999)]
    public async Task Token_EndsWithTheCalendarOrLater_IsValid(long end)
    {
        await using IdentityServer server = await StartAsync();
        string token = Tokens.SignText(_key, Claims($"{end}"));
        Assert.Empty((await server.Server.Models.ListModelsAsync(new(), Rpc.As(token))).Models);
    }

    /// <summary>RFC 7517, 4.4: a key that names its algorithm is for no other one.</summary>
    [Theory]
    [InlineData("RS256", "RS256", StatusCode.OK)]
    [InlineData("RS256", "RS512", StatusCode.Unauthenticated)]
    [InlineData("PS256", "RS256", StatusCode.Unauthenticated)]
    [InlineData("", "RS512", StatusCode.OK)]
    public async Task Call_AlgorithmOfAKey_IsHonoured(string ofKey, string ofToken, StatusCode expected)
    {
        var key = new RsaSecurityKey(RSA.Create(2048)) { KeyId = "rsa" };
        await using IdentityServer server = await Tokens.StartServerAsync(_directory.Write("jwks.json", Tokens.KeySet(key, ofKey)));

        Assert.Equal(expected, await Tokens.StatusAsync(server, Tokens.Sign(key, algorithm: ofToken)));
    }

    [Fact]
    public async Task Subscription_ItsTokenExpires_EndsWithinHalfAMinute()
    {
        await using IdentityServer server = await StartAsync();
        CallOptions call = Rpc.As(Tokens.Sign(_key, to: 600, roles: ["publish:faces", "subscribe:faces"]));
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

    private static string Claims(string end, string roles = """["admin"]""") =>
        $$"""{"iss": "{{Tokens.Issuer}}", "aud": "{{Tokens.Audience}}", "sub": "anna", "roles": {{roles}}, "exp": {{end}}}""";

    private Task<IdentityServer> StartAsync() => Tokens.StartServerAsync(_directory.Write("jwks.json", Tokens.KeySet(_key)));
}
