using System.Net.Http.Headers;
using System.Text.Json;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Codec.Tests.Shared.Wire;
using CodecServer.Tests.Infrastructure;
using CodecServer.Tests.Processes;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Identity;

public sealed class AuditTests
{
    /// <summary>A line feed, a carriage return, an escape sequence, C1's CSI, a bidirectional override and a line separator.</summary>
    private const string Hostile = "x\nFAKE\r\u001b[2J\u009b1m\u202egnp\u2028";

    [Fact]
    public async Task Changes_AreRecordedWithWhoWhatAndTheOutcome()
    {
        await using IdentityServer server = await IdentityServer.StartAsync();
        CallOptions admin = Rpc.As(await server.CreateKeyAsync("operator", "admin"));

        await server.Server.Channels.CreateChannelAsync(new() { Name = "faces" }, admin);
        await server.Server.Channels.CreateChannelAsync(new() { Name = "faces" }, admin);
        await Rpc.FailsAsync(
            StatusCode.AlreadyExists,
            async () =>
                await server.Server.Channels.CreateChannelAsync(
                    new()
                    {
                        Name = "faces",
                        Retention = new() { Codes = 1 },
                    },
                    admin
                )
        );
        await server.Server.Channels.CommitConsumerAsync(
            new()
            {
                Channel = "faces",
                Consumer = "reader",
                NextSequence = 1,
            },
            admin
        );
        await server.Server.Channels.DeleteConsumerAsync(new() { Channel = "faces", Consumer = "reader" }, admin);
        await server.Server.Channels.DeleteChannelAsync(new() { Name = "faces" }, admin);
        await Rpc.FailsAsync(
            StatusCode.NotFound,
            async () => await server.Server.Channels.DeleteChannelAsync(new() { Name = "faces" }, admin)
        );
        string reader = await server.CreateKeyAsync("reader", "subscribe:*");
        await Rpc.FailsAsync(
            StatusCode.PermissionDenied,
            async () => await server.Server.Channels.DeleteChannelAsync(new() { Name = "faces" }, Rpc.As(reader))
        );
        await server.RevokeAsync(reader);
        await Rpc.FailsAsync(StatusCode.Unauthenticated, async () => await server.Server.Models.ListModelsAsync(new(), Rpc.As(reader)));

        Assert.Equal(
            [
                "CreateKey",
                "CreateChannel channel faces: done, by 'operator'",
                "CreateChannel channel faces: existed, by 'operator'",
                "CreateChannel channel faces: CHANNEL_EXISTS, by 'operator'",
                "DeleteConsumer consumer reader of faces: done, by 'operator'",
                "DeleteChannel channel faces: done, by 'operator'",
                "DeleteChannel channel faces: NOT_FOUND, by 'operator'",
                "CreateKey",
                "DeleteChannel denied: ROLE_MISSING: 'reader' lacks the role admin",
                "RevokeKey",
                "ListModels denied: WRONG_CREDENTIAL",
            ],
            server
                .Audit.Lines.Select(line => line.Split(" (key")[0].Split(';')[0])
                .Select(line => line.Contains("Key ", StringComparison.Ordinal) ? line.Split(' ')[0] : line.Split(": The")[0])
        );
    }

    /// <summary>A route is found whatever its case: a call by another spelling must not do unrecorded what it does by its own.</summary>
    [Theory]
    [InlineData("/CODEC.V1.ChannelService/CreateChannel")]
    [InlineData("/codec.v1.channelservice/createchannel")]
    [InlineData("/codec.v1.ChannelService/CreateChannel/")]
    public async Task Call_ByAnotherSpellingOfItsPath_IsNoCall(string path)
    {
        await using IdentityServer server = await IdentityServer.StartAsync();
        string key = await server.CreateKeyAsync("operator", "admin");
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

        byte[] request = RawCall.Frame(new V1.CreateChannelRequest { Name = "faces" }.ToByteArray());
        RawAnswer answer = await RawCall.SendAsync(client, server.Server.Address, path, request, TestContext.Current.CancellationToken);

        Assert.Equal(StatusCode.Unimplemented, (StatusCode)answer.Status);
        Assert.Contains("/codec.v1.ChannelService/CreateChannel", answer.Message, StringComparison.Ordinal);
        Assert.Empty((await server.Server.Channels.ListChannelsAsync(new(), Rpc.As(key))).Channels);
    }

    [Fact]
    public async Task DeniedCalls_OfAFlood_AreCountedAtTheEndOfTheirWindow()
    {
        await using IdentityServer server = await IdentityServer.StartAsync();
        await server.CreateKeyAsync("operator", "admin");

        await DenyAsync(server, 60);
        server.Time.Advance(TimeSpan.FromSeconds(9));
        await DenyAsync(server, 40);
        Assert.Equal(20, CountRecorded(server.Audit));
        Assert.DoesNotContain(server.Audit.Lines, line => line.Contains("further calls", StringComparison.Ordinal));

        server.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("80 further calls were denied and are not recorded one by one", server.Audit.Lines);

        await DenyAsync(server, 1);
        Assert.Equal(21, CountRecorded(server.Audit));
    }

    [Fact]
    public async Task DeniedCalls_TheServerStops_AreCounted()
    {
        AuditRecorder audit;
        await using (IdentityServer server = await IdentityServer.StartAsync())
        {
            audit = server.Audit;
            await server.CreateKeyAsync("operator", "admin");
            await DenyAsync(server, 60);
        }

        Assert.Equal(20, CountRecorded(audit));
        Assert.Equal("40 further calls were denied and are not recorded one by one", audit.Lines[^1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ConsoleLog_TextsOfCallers_ControlNoTerminalAndMakeNoLine(bool asJson)
    {
        using var directory = new TemporaryDirectory();
        string[] args =
        [
            "--Logging:LogLevel:Default",
            "Debug",
            "--Logging:LogLevel:Microsoft",
            "Warning",
            "--Logging:LogLevel:Grpc",
            "Warning",
        ];
        await using CalledServer server = await CalledServer.StartAsync(
            directory.Path,
            shippedModels: false,
            asJson ? [.. args, "--json-logs"] : args
        );

        await RefusedAsync(() => server.Channels.CreateChannelAsync(new() { Name = Hostile }, Rpc.Options));
        await RefusedAsync(() => server.Channels.DeleteChannelAsync(new() { Name = Hostile }, Rpc.Options));
        await RefusedAsync(() => server.Models.DeleteVersionAsync(new() { Model = Hostile, Digest = Hostile }, Rpc.Options));
        await RefusedAsync(() =>
            server.Models.SetAliasAsync(
                new()
                {
                    Model = Hostile,
                    Name = Hostile,
                    Digest = Hostile,
                    MovedBy = Hostile,
                },
                Rpc.Options
            )
        );
        await RefusedAsync(() => server.Models.GetVersionAsync(new() { Model = Hostile }, Rpc.Options));
        await RefusedAsync(() =>
            server.Models.ListModelsAsync(new(), Rpc.Options.WithHeaders(new Metadata { { "authorization", "Bearer codec_x" } }))
        );
        await Waiting.UntilAsync(
            () => server.Process.Output.Contains("ListModels denied", StringComparison.Ordinal),
            "The last line",
            TestContext.Current.CancellationToken
        );

        string[] lines = server.Process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.Contains("FAKE", StringComparison.Ordinal));
        Assert.DoesNotContain(
            lines,
            line => line.TrimEnd('\r').Any(character => char.IsControl(character) || character is '\u202e' or '\u2028')
        );
        Assert.All(lines, line => Assert.True(asJson ? IsJson(line) : char.IsAsciiDigit(line[0]), line));
    }

    [Theory]
    [InlineData("Error", true)]
    [InlineData("None", true)]
    public async Task Audit_LevelsOfOtherCategories_DoNotDropIt(string level, bool isKept)
    {
        using var directory = new TemporaryDirectory();
        await using CalledServer server = await CalledServer.StartAsync(
            directory.Path,
            shippedModels: false,
            "--Logging:LogLevel:Default",
            level,
            "--Logging:Console:LogLevel:Default",
            level
        );

        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);

        await Waiting.UntilAsync(
            () => server.Process.Output.Contains("CreateChannel channel faces: done", StringComparison.Ordinal) == isKept,
            "The audit's line",
            TestContext.Current.CancellationToken
        );
        Assert.DoesNotContain("Listening", server.Process.Output, StringComparison.Ordinal);
    }

    private static async Task DenyAsync(IdentityServer server, int calls)
    {
        for (int i = 0; i < calls; i++)
            await Rpc.FailsAsync(StatusCode.Unauthenticated, async () => await server.Server.Models.ListModelsAsync(new(), Rpc.Options));
    }

    private static int CountRecorded(AuditRecorder audit) =>
        audit.Lines.Count(line => line.StartsWith("ListModels denied", StringComparison.Ordinal));

    private static bool IsJson(string line)
    {
        using var parsed = JsonDocument.Parse(line);
        return parsed.RootElement.ValueKind == JsonValueKind.Object;
    }

    private static Task<RpcException> RefusedAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        Assert.ThrowsAsync<RpcException>(async () => await call());
}
