using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Codec.Server.Identity;
using Codec.Server.Services;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using V1 = Codec.V1;

namespace CodecServer.Tests.Identity;

/// <summary>Every call of every service, with each role: the table of rules is complete, obeyed and documented.</summary>
public sealed partial class CallRulesTests
{
    private const string Channel = "cameras.1";

    /// <summary>Calls that stay open until the caller leaves; they are admitted once their response has begun.</summary>
    private static readonly string[] Endless = ["/codec.v1.ModelService/WatchModels", "/grpc.health.v1.Health/Watch"];

    private static readonly string[] Roles =
    [
        "admin",
        "publish-models",
        "move-aliases",
        "publish:cameras.*",
        "publish:*",
        "publish:others",
        "subscribe:cameras.1",
        "subscribe:other*",
        "encode",
    ];

    public static TheoryData<string> EachRole => [.. Roles];

    [Fact]
    public async Task Rules_EachMethodThatTheServerAnswers_HasOneAndNoOtherHas()
    {
        await using TestServer server = await TestServer.StartAsync("--reflection");

        IEnumerable<string> answered = server
            .App.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName)
            .OfType<string>()
            .Distinct();

        Assert.Equal(CallRules.All.Keys.Order(StringComparer.Ordinal), answered.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(EachRole))]
    public async Task Call_OfEachMethod_IsAdmittedOrDeniedAsItsRuleSays(string role)
    {
        await using IdentityServer server = await IdentityServer.StartAsync("--reflection");
        string key = await server.CreateKeyAsync("anna", role);
        using var client = new HttpClient();
        var caller = new Caller("anna", Grants.Of([role]));

        var wrong = new List<string>();
        foreach ((string method, CallRule rule) in CallRules.All)
        {
            bool isForChannel =
                method.Contains("ChannelService", StringComparison.Ordinal) && !method.EndsWith("ListChannels", StringComparison.Ordinal);
            bool isAllowed = rule.IsPublic || (isForChannel ? rule.Admits(caller, Channel) : rule.Admits(caller));
            StatusCode status = await CallAsync(client, server.Server.Address, method, key);
            if (status == StatusCode.PermissionDenied == isAllowed || status == StatusCode.Unauthenticated)
                wrong.Add($"{method}: {status}");
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("codec_0123456789ab_0123456789012345678901234567890123456789012")]
    public async Task Call_OfEachMethodWithoutAValidKey_IsUnauthenticatedExceptHealth(string? key)
    {
        await using IdentityServer server = await IdentityServer.StartAsync("--reflection");
        await server.CreateKeyAsync("anna", "admin");
        using var client = new HttpClient();

        foreach ((string method, CallRule rule) in CallRules.All)
        {
            StatusCode status = await CallAsync(client, server.Server.Address, method, key);
            Assert.True(
                status == StatusCode.Unauthenticated == !method.StartsWith("/grpc.health", StringComparison.Ordinal),
                $"{method}: {status}"
            );
        }
    }

    [Fact]
    public void Rules_AreThoseOfTheDocumentation()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md"));

        IEnumerable<(string Method, string Roles)> documented = Row()
            .Matches(page)
            .SelectMany(row => Call().Matches(row.Groups["calls"].Value).Select(call => (call.Value, row.Groups["roles"].Value.Trim())));

        Assert.Equal(
            CallRules
                .All.Where(rule => rule.Key.StartsWith("/codec.v1.", StringComparison.Ordinal))
                .Select(rule => (Method: rule.Key[(rule.Key.LastIndexOf('/') + 1)..], Roles: Written(rule.Value)))
                .Order(),
            documented.Order()
        );

        static string Written(CallRule rule) =>
            rule.Roles.Count == Enum.GetValues<Role>().Length
                ? "any role"
                : string.Join(" or ", rule.Roles.Select(role => $"`{role.NameOf()}`"));
    }

    private static async Task<StatusCode> CallAsync(HttpClient client, string address, string method, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(address), method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(RawCall.Frame(RequestOf(method).ToByteArray())),
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);

        using HttpResponseMessage response = await client.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken
        );
        if (!response.Headers.Contains("grpc-status"))
        {
            if (Endless.Contains(method))
                return StatusCode.OK;

            await response.Content.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        }

        return (StatusCode)RawCall.AnswerOf(response).Status;
    }

    private static IMessage RequestOf(string method) =>
        method[(method.LastIndexOf('/') + 1)..] switch
        {
            "CreateChannel" => new V1.CreateChannelRequest { Name = Channel },
            "GetChannel" => new V1.GetChannelRequest { Name = Channel },
            "DeleteChannel" => new V1.DeleteChannelRequest { Name = Channel + ".unknown" },
            "Publish" => new V1.PublishRequest
            {
                Header = new() { Channel = Channel, Model = "none" },
            },
            "Subscribe" => new V1.SubscribeRequest { Channel = Channel, Sequence = 7 },
            "CommitConsumer" => new V1.CommitConsumerRequest { Channel = Channel, Consumer = "reader" },
            "ListConsumers" => new V1.ListConsumersRequest { Channel = Channel },
            "DeleteConsumer" => new V1.DeleteConsumerRequest { Channel = Channel, Consumer = "reader" },
            _ => new V1.ListModelsRequest(),
        };

    /// <summary>A row of the table: the calls, then the role.</summary>
    [GeneratedRegex(@"^\| (?<calls>`[A-Z].*?) \| (?<roles>.*?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("(?<=`)[A-Z][A-Za-z]+(?=`)")]
    private static partial Regex Call();
}
