using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Identity;

/// <summary>What the server records of a caller, and keeps for it, goes by the name that it proved.</summary>
public sealed class NamesTests
{
    private static readonly ModelPackage Package = SmallModel.Create();

    [Fact]
    public async Task PublishAndSetAlias_TextOfTheRequest_DoesNotReplaceTheProvenName()
    {
        await using IdentityServer server = await IdentityServer.StartAsync();
        await server.Server.UploadBlobsAsync(Package);
        CallOptions trainer = Rpc.As(await server.CreateKeyAsync("trainer", "publish-models", "move-aliases"));

        V1.PublishVersionResponse published = await server.Server.Models.PublishVersionAsync(
            new() { Manifest = ByteString.CopyFrom(Package.ManifestBytes.Span), Publisher = "somebody else" },
            trainer
        );
        V1.SetAliasResponse moved = await server.Server.Models.SetAliasAsync(
            new()
            {
                Model = Package.Manifest.Name,
                Name = "live",
                Digest = Package.Version.Hex,
                MovedBy = "somebody else",
            },
            trainer
        );

        Assert.Equal(("trainer", "trainer"), (published.Version.Publisher, moved.Alias.MovedBy));
        Assert.Contains(
            server.Audit.Lines,
            line =>
                line.StartsWith(
                    $"PublishVersion {Package.Manifest.Name}@sha256:{Package.Version.Hex}: done, by 'trainer' (key ",
                    StringComparison.Ordinal
                ) && line.Contains(") from 127.0.0.1:", StringComparison.Ordinal)
        );
        Assert.Contains(
            server.Audit.Lines,
            line => line.StartsWith($"SetAlias {Package.Manifest.Name}@live at revision 1", StringComparison.Ordinal)
        );
    }

    /// <summary>Other callers read these names, on a terminal as well.</summary>
    [Theory]
    [InlineData("anna\u001b[31m")]
    [InlineData("anna\nbert")]
    [InlineData("anna\u202e")]
    [InlineData("anna\U000E0041")]
    public async Task PublishAndSetAlias_TextThatControlsATerminal_IsRefused(string text)
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(Package);
        (string Model, string Name) live = (Package.Manifest.Name, "live");

        foreach (
            Func<Task> call in new Func<Task>[]
            {
                async () =>
                    await server.Models.PublishVersionAsync(
                        new() { Manifest = ByteString.CopyFrom(Package.ManifestBytes.Span), Publisher = text },
                        Rpc.Options
                    ),
                async () =>
                    await server.Models.SetAliasAsync(
                        new()
                        {
                            Model = live.Model,
                            Name = live.Name,
                            Digest = Package.Version.Hex,
                            MovedBy = text,
                        },
                        Rpc.Options
                    ),
                async () =>
                    await server.Models.RollbackAliasAsync(
                        new()
                        {
                            Model = live.Model,
                            Name = live.Name,
                            MovedBy = text,
                        },
                        Rpc.Options
                    ),
                async () =>
                    await server.Models.DeleteAliasAsync(
                        new()
                        {
                            Model = live.Model,
                            Name = live.Name,
                            MovedBy = text,
                        },
                        Rpc.Options
                    ),
            }
        )
        {
            RpcException refused = await Rpc.FailsAsync(StatusCode.InvalidArgument, call);
            Assert.DoesNotContain(text[4], refused.Status.Detail);
        }
    }

    [Fact]
    public async Task Publish_ProducerOfAnotherIdentity_IsDenied()
    {
        await using IdentityServer server = await IdentityServer.StartAsync();
        await server.Server.PublishAsync(Package);
        CallOptions owner = Rpc.As(await server.CreateKeyAsync("owner", "publish:*"));
        CallOptions renewed = Rpc.As(await server.CreateKeyAsync("owner", "publish:*"));
        CallOptions other = Rpc.As(await server.CreateKeyAsync("other", "publish:*"));
        CallOptions admin = Rpc.As(await server.CreateKeyAsync("operator", "admin"));
        await server.Server.Channels.CreateChannelAsync(new() { Name = "faces" }, owner);

        await PublishOneAsync(owner, sequence: 1);
        RpcException denied = await Rpc.FailsAsync(StatusCode.PermissionDenied, () => PublishOneAsync(other, sequence: 2));
        // A role says what a caller may do; a producer's numbers belong to one program, which an administrator is not.
        RpcException deniedToAdmin = await Rpc.FailsAsync(StatusCode.PermissionDenied, () => PublishOneAsync(admin, sequence: 2));
        await PublishOneAsync(renewed, sequence: 2);

        Assert.Equal(("PRODUCER_OF_ANOTHER", "PRODUCER_OF_ANOTHER"), (denied.Reason(), deniedToAdmin.Reason()));

        async Task PublishOneAsync(CallOptions caller, long sequence)
        {
            using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Server.Channels.Publish(caller);
            await call.RequestStream.SendRefusedAsync(
                new()
                {
                    Header = new()
                    {
                        Channel = "faces",
                        Model = Package.Manifest.Name,
                        Producer = "camera",
                    },
                }
            );
            await call.RequestStream.SendRefusedAsync(
                new() { Image = Publishing.ToImage(new byte[8 * 8 * 3]), ProducerSequence = sequence }
            );
            await call.RequestStream.CompleteAsync();
            Assert.Equal(2, (await call.ResponseStream.CollectAsync()).Count);
        }
    }

    [Fact]
    public async Task ListChannels_ShowsThoseThatTheCallerMayUse()
    {
        await using IdentityServer server = await IdentityServer.StartAsync();
        CallOptions admin = Rpc.As(await server.CreateKeyAsync("operator", "admin"));
        foreach (string name in new[] { "cameras.1", "cameras.2", "doors", "faces" })
            await server.Server.Channels.CreateChannelAsync(new() { Name = name }, admin);

        Assert.Equal(["cameras.1", "cameras.2", "doors", "faces"], await NamesAsync(admin));
        Assert.Equal(
            ["cameras.1", "cameras.2", "faces"],
            await NamesAsync(Rpc.As(await server.CreateKeyAsync("anna", "publish:cameras.*", "subscribe:faces")))
        );
        Assert.Empty(await NamesAsync(Rpc.As(await server.CreateKeyAsync("bert", "subscribe:cameras"))));

        async Task<IEnumerable<string>> NamesAsync(CallOptions caller) =>
            (await server.Server.Channels.ListChannelsAsync(new(), caller)).Channels.Select(channel => channel.Name);
    }
}
