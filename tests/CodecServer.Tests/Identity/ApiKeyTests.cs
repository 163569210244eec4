using CliWrap.Buffered;
using Codec.Server;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Infrastructure;
using CodecServer.Tests.Processes;
using Grpc.Core;
using Grpc.Reflection.V1Alpha;
using V1 = Codec.V1;

namespace CodecServer.Tests.Identity;

public sealed class ApiKeyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Key_CreatedAndRevokedByTheCommand_WorksWithoutARestart()
    {
        using var directory = new TemporaryDirectory();
        await using CalledServer server = await CalledServer.StartAsync(directory.Path);
        Assert.Empty((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models);

        string key = (await KeysAsync("create", "anna", "--role", "subscribe:*")).StandardOutput.Trim();
        // The secret itself may contain the character that separates it.
        string secret = key.Split('_', 3)[2];

        await Waiting.UntilAsync(async () => await StatusAsync(key: null) == StatusCode.Unauthenticated, "The need for a key", Ct);
        Assert.Equal(StatusCode.OK, await StatusAsync(key));
        string list = (await KeysAsync("list")).StandardOutput;
        Assert.Contains("anna  subscribe:*  key", list, StringComparison.Ordinal);
        Assert.DoesNotContain(
            secret,
            list + await File.ReadAllTextAsync(Path.Combine(directory.Path, "credentials.json"), Ct),
            StringComparison.Ordinal
        );

        await KeysAsync("revoke", key.Split('_')[1]);

        await Waiting.UntilAsync(async () => await StatusAsync(key) == StatusCode.Unauthenticated, "The end of the key", Ct);
        Assert.Equal(StatusCode.Unauthenticated, await StatusAsync(key: null));
        Assert.Contains("CreateKey", server.Process.Output, StringComparison.Ordinal);
        // The log is written after the calls return.
        await Waiting.UntilAsync(
            () => server.Process.Output.Contains("RevokeKey", StringComparison.Ordinal),
            "The record of the revocation",
            Ct
        );
        Assert.DoesNotContain(secret, server.Process.Output, StringComparison.Ordinal);

        async Task<StatusCode> StatusAsync(string? key)
        {
            try
            {
                await server.Models.ListModelsAsync(new(), key is null ? Rpc.Options : Rpc.As(key));
                return StatusCode.OK;
            }
            catch (RpcException exception)
            {
                return exception.StatusCode;
            }
        }

        Task<BufferedCommandResult> KeysAsync(params string[] args) =>
            Programs
                .Dotnet(Programs.PathOf("src/CodecServer", "CodecServer"), ["keys", .. args, "--data-directory", directory.Path])
                .RunAsync(Ct);
    }

    /// <summary>A wrong folder must not pass for that of the server.</summary>
    [Fact]
    public async Task Command_FolderDoesNotExist_SaysSo()
    {
        using var directory = new TemporaryDirectory();
        string folder = directory.File("wrong");
        using var output = new StringWriter();
        using var report = new StringWriter();

        foreach (
            string[] command in new[] { new[] { "list" }, ["revoke", "0123456789ab"], ["list", "--file", Path.Combine(folder, "c.json")] }
        )
        {
            StoreException refused = await Assert.ThrowsAsync<StoreException>(() => RunAsync(command));
            Assert.Contains($"{folder}{Path.DirectorySeparatorChar}", refused.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder));
        }

        await RunAsync(["create", "anna", "--role", "admin"]);
        Assert.Contains("does not exist yet and is created", report.ToString(), StringComparison.Ordinal);
        Assert.Matches("^codec_[0-9a-f]{12}_", output.ToString());
        Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        await RunAsync(["list"]);
        Assert.Contains("No key was ever created in", report.ToString(), StringComparison.Ordinal);

        Task RunAsync(string[] args)
        {
            var parsed = CommandLine.Parse(["keys", .. args, "--data-directory", folder]);
            return KeyCommands.RunAsync(parsed.KeyCommand!, parsed.Settings, output, report);
        }
    }

    [Fact]
    public async Task Reflection_ItsKeyIsRevoked_EndsWithinHalfAMinute()
    {
        await using IdentityServer server = await IdentityServer.StartAsync("--reflection");
        string reader = await server.CreateKeyAsync("reader", "subscribe:faces");
        await server.CreateKeyAsync("other", "admin");
        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call =
            new ServerReflection.ServerReflectionClient(server.Server.Invoker).ServerReflectionInfo(Rpc.As(reader));
        await call.RequestStream.WriteAsync(new() { ListServices = "" }, Ct);
        Assert.True(await call.ResponseStream.MoveNext(Ct));

        await server.RevokeAsync(reader);
        server.Time.Advance(TimeSpan.FromSeconds(30));

        RpcException end = await Rpc.FailsAsync(StatusCode.Unauthenticated, () => call.ResponseStream.MoveNext(Ct));
        Assert.Equal("CREDENTIAL_ENDED", end.Reason());
    }

    [Fact]
    public async Task Subscription_ItsKeyIsRevoked_EndsWithinHalfAMinute()
    {
        await using IdentityServer server = await IdentityServer.StartAsync();
        string admin = await server.CreateKeyAsync("operator", "admin");
        string reader = await server.CreateKeyAsync("reader", "subscribe:faces");
        string other = await server.CreateKeyAsync("other", "subscribe:faces");
        await server.Server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.As(admin));
        using AsyncServerStreamingCall<V1.SubscribeResponse> ended = server.Server.Channels.Subscribe(
            new() { Channel = "faces" },
            Rpc.As(reader)
        );
        using AsyncServerStreamingCall<V1.SubscribeResponse> kept = server.Server.Channels.Subscribe(
            new() { Channel = "faces" },
            Rpc.As(other)
        );
        Assert.True(await ended.ResponseStream.MoveNext(Ct));
        Assert.True(await kept.ResponseStream.MoveNext(Ct));

        await server.RevokeAsync(reader);
        server.Time.Advance(TimeSpan.FromSeconds(30));

        RpcException end = await Rpc.FailsAsync(StatusCode.Unauthenticated, () => ReadToEndAsync(ended));
        Assert.Equal("CREDENTIAL_ENDED", end.Reason());
        Assert.Throws<InvalidOperationException>(() => kept.GetStatus());
        RpcException again = await Rpc.FailsAsync(
            StatusCode.Unauthenticated,
            async () => await server.Server.Models.ListModelsAsync(new(), Rpc.As(reader))
        );
        Assert.Equal("WRONG_CREDENTIAL", again.Reason());
        Assert.Contains("was revoked; ask an administrator", again.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic YW5uYTpzZWNyZXQ=", "is not a bearer token")]
    [InlineData("Bearer codec_123", "incomplete; send all of it")]
    [InlineData("Bearer codec_0123456789ab_0123456789012345678901234567890123456789012", "create one with keys create")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.", "accepts no tokens; send a key")]
    public async Task Call_WrongCredential_IsRefusedAlsoWhereNoneIsNeeded(string authorization, string reason)
    {
        await using IdentityServer server = await IdentityServer.StartAsync();

        RpcException refused = await Rpc.FailsAsync(
            StatusCode.Unauthenticated,
            async () =>
                await server.Server.Models.ListModelsAsync(
                    new(),
                    Rpc.Options.WithHeaders(new Metadata { { "authorization", authorization } })
                )
        );

        Assert.Contains(reason, refused.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(
            authorization.Split(' ')[1],
            refused.Status.Detail + string.Concat(server.Audit.Lines),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task KeysFile_Appears_ItsKeysAreAccepted()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("secret/credentials.json");
        await using IdentityServer server = await IdentityServer.StartAsync("--keys-file", file);
        await Rpc.FailsAsync(StatusCode.Unauthenticated, async () => await server.Server.Models.ListModelsAsync(new(), Rpc.Options));

        string key = await server.CreateKeyAsync("mounted", ["encode"], file);

        Assert.Empty((await server.Server.Models.ListModelsAsync(new(), Rpc.As(key))).Models);
        Assert.False(File.Exists(Path.Combine(server.DataDirectory, "credentials.json")));
    }

    private static async Task ReadToEndAsync(AsyncServerStreamingCall<V1.SubscribeResponse> call)
    {
        while (await call.ResponseStream.MoveNext(Ct)) { }
    }
}
