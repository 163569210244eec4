using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

public sealed class ModelServiceTests
{
    private static readonly ModelPackage First = SmallModel.Create(note: "first");
    private static readonly ModelPackage Second = SmallModel.Create(note: "second");

    [Fact]
    public async Task PublishVersion_Whole_CanBeResolvedInEveryWay()
    {
        await using TestServer server = await TestServer.StartAsync();

        V1.PublishVersionResponse published = await server.PublishAsync(First);
        await server.PublishAsync(Second, alias: "canary");

        Assert.True(published.Created);
        Assert.Equal(
            (First.Manifest.Name, First.Version.Hex, "anna"),
            (published.Version.Model, published.Version.Digest, published.Version.Publisher)
        );
        Assert.Equal(First.ManifestBytes.Length + First.Blobs.Values.Sum(blob => (long)blob.Length), published.Version.Size);
        foreach (
            (string reference, ModelPackage expected) in new[]
            {
                ("small-8", First),
                ("small-8@live", First),
                ("small-8@canary", Second),
                ($"small-8@sha256:{Second.Version}", Second),
            }
        )
        {
            V1.GetVersionResponse version = await server.Models.GetVersionAsync(new() { Model = reference }, Rpc.Options);
            Assert.Equal(expected.Version.Hex, version.Version.Digest);
            Assert.Equal(expected.ManifestBytes.ToArray(), version.Manifest.ToByteArray());
        }

        V1.ListVersionsResponse versions = await server.Models.ListVersionsAsync(new() { Model = "small-8" }, Rpc.Options);
        Assert.Equal([Second.Version.Hex, First.Version.Hex], versions.Versions.Select(version => version.Digest));
        V1.Model model = Assert.Single((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models);
        Assert.Equal(["canary", "live"], model.Aliases.Select(alias => alias.Name));
    }

    [Fact]
    public async Task PublishVersion_Again_ChangesNothing()
    {
        await using TestServer server = await TestServer.StartAsync();
        V1.PublishVersionResponse first = await server.PublishAsync(First);

        V1.PublishVersionResponse second = await server.Models.PublishVersionAsync(
            new() { Manifest = ByteString.CopyFrom(First.ManifestBytes.Span), Publisher = "bert" },
            Rpc.Options
        );

        Assert.False(second.Created);
        Assert.Equal(first.Version, second.Version);
    }

    [Fact]
    public async Task PublishVersion_BlobsMissing_NamesThem()
    {
        await using TestServer server = await TestServer.StartAsync();
        Digest missing = First.Manifest.Prior.Digest;
        foreach ((Digest digest, ReadOnlyMemory<byte> bytes) in First.Blobs.Where(blob => blob.Key != missing))
            await server.Models.UploadAsync(bytes.ToArray());

        RpcException failure = await Rpc.FailsAsync(StatusCode.FailedPrecondition, () => TryPublishAsync(server, First.ManifestBytes));

        PreconditionFailure details = failure.GetRpcStatus()!.GetDetail<PreconditionFailure>()!;
        Assert.Equal([missing.Hex], details.Violations.Select(violation => violation.Subject));
        Assert.Empty((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models);
    }

    [Fact]
    public async Task PublishVersion_PartsThatDoNotFit_IsInvalidAndNothingIsPublished()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.UploadBlobsAsync(First);
        ModelManifest manifest = First.Manifest;
        ModelManifest[] wrong =
        [
            manifest with
            {
                Latents = manifest.Latents + 1,
            },
            manifest with
            {
                Input = manifest.Input with { Width = 16, Height = 4 },
            },
            manifest with
            {
                Prior = manifest.Encoder,
            },
            manifest with
            {
                Encoder = manifest.Heads[0].Graph,
            },
            manifest with
            {
                Golden = manifest.Golden with { Code = new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 } },
            },
            manifest with
            {
                Qualities = [.. manifest.Qualities, manifest.Qualities[0]],
            },
        ];

        foreach (ModelManifest candidate in wrong)
            await Rpc.FailsAsync(StatusCode.InvalidArgument, () => TryPublishAsync(server, candidate.ToJson()));

        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => TryPublishAsync(server, "not json"u8.ToArray()));
        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => TryPublishAsync(server, new byte[(1 << 20) + 1]));
        Assert.Empty((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models);
    }

    [Fact]
    public async Task SetAlias_LostRace_IsAbortedAndNamesTheRevision()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(First);

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.Aborted,
            async () =>
                await server.Models.SetAliasAsync(
                    new()
                    {
                        Model = "small-8",
                        Name = "live",
                        Digest = First.Version.Hex,
                        ExpectedRevision = 0,
                        MovedBy = "bert",
                    },
                    Rpc.Options
                )
        );

        Assert.Equal(("1", First.Version.Hex), (failure.Metadata("revision"), failure.Metadata("digest")));
        V1.ListAliasHistoryResponse history = await server.Models.ListAliasHistoryAsync(
            new() { Model = "small-8", Name = "live" },
            Rpc.Options
        );
        Assert.Equal(["anna"], history.Entries.Select(entry => entry.MovedBy));
    }

    [Fact]
    public async Task DeleteAlias_LeavesHistory()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(First);

        await server.Models.DeleteAliasAsync(
            new()
            {
                Model = "small-8",
                Name = "live",
                ExpectedRevision = 1,
                MovedBy = "bert",
            },
            Rpc.Options
        );

        V1.ListAliasHistoryResponse history = await server.Models.ListAliasHistoryAsync(
            new() { Model = "small-8", Name = "live" },
            Rpc.Options
        );
        Assert.Equal(
            [(2L, "", "bert"), (1L, First.Version.Hex, "anna")],
            history.Entries.Select(entry => (entry.Revision, entry.Digest, entry.MovedBy))
        );
        await Rpc.FailsAsync(
            StatusCode.NotFound,
            async () => await server.Models.GetVersionAsync(new() { Model = "small-8" }, Rpc.Options)
        );
    }

    [Fact]
    public async Task DeleteVersion_InUse_IsRefusedUntilItIsUnused()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(First);
        await server.PublishAsync(Second, alias: "live");
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        var header = new V1.PublishRequest.Types.Header
        {
            Channel = "faces",
            Model = $"small-8@sha256:{First.Version}",
            Quality = 1,
        };
        using (AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options))
        {
            await call.RequestStream.SendAsync(new() { Header = header });
            await call.ResponseStream.NextAsync();
            await DeleteIsRefusedAsync(server, First, "Calls are using");
            await call.RequestStream.SendAsync(new() { Image = Publishing.ToImage(SmallModel.Image(1)) });
            await call.RequestStream.CompleteAsync();
            await call.ResponseStream.CollectAsync();
        }

        await DeleteIsRefusedAsync(server, First, "A channel holds");
        await DeleteIsRefusedAsync(server, Second, "The alias 'live'");
        await server.Channels.DeleteChannelAsync(new() { Name = "faces" }, Rpc.Options);
        await server.Models.DeleteVersionAsync(new() { Model = "small-8", Digest = First.Version.Hex }, Rpc.Options);

        await Rpc.FailsAsync(
            StatusCode.NotFound,
            async () => await server.Models.GetVersionAsync(new() { Model = $"small-8@sha256:{First.Version}" }, Rpc.Options)
        );

        // The second version lists the same blobs, so they are kept, and the model still encodes.
        await server.Codec.EncodeAsync(new() { Model = "small-8", Image = Publishing.ToImage(SmallModel.Image(1)) }, Rpc.Options);
    }

    [Fact]
    public async Task DeleteVersion_LastOfAll_DeletesItsBlobs()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(First, alias: "live");
        await server.Models.DeleteAliasAsync(
            new()
            {
                Model = "small-8",
                Name = "live",
                ExpectedRevision = 1,
            },
            Rpc.Options
        );

        await server.Models.DeleteVersionAsync(new() { Model = "small-8", Digest = First.Version.Hex }, Rpc.Options);

        foreach (Digest blob in First.Blobs.Keys)
            await Rpc.FailsAsync(StatusCode.NotFound, () => server.Models.DownloadAsync(blob.Hex));

        Assert.True((await server.PublishAsync(First)).Created);
    }

    [Fact]
    public async Task WatchModels_StateThenChanges()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(First);
        using AsyncServerStreamingCall<V1.WatchModelsResponse> watch = server.Models.WatchModels(new() { Model = "small-8" }, Rpc.Options);
        Assert.Equal(1, (await watch.ResponseStream.NextAsync()).Alias.Revision);

        await server.PublishAsync(Second);

        Assert.Equal(Second.Version.Hex, (await watch.ResponseStream.NextAsync()).Published.Digest);
        Assert.Equal(
            (2L, Second.Version.Hex),
            (await watch.ResponseStream.NextAsync()).Alias is { } alias ? (alias.Revision, alias.Digest) : default
        );
        await server.Models.DeleteVersionAsync(new() { Model = "small-8", Digest = First.Version.Hex }, Rpc.Options);
        Assert.Equal(First.Version.Hex, (await watch.ResponseStream.NextAsync()).Deleted.Digest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Small")]
    [InlineData("-small")]
    [InlineData("small@")]
    [InlineData("small@sha256:12")]
    [InlineData("small@a@b")]
    public async Task GetVersion_NotAReference_IsInvalid(string reference)
    {
        await using TestServer server = await TestServer.StartAsync();

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Models.GetVersionAsync(new() { Model = reference }, Rpc.Options)
        );

        Assert.Equal("model", failure.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations[0].Field);
    }

    private static async Task TryPublishAsync(TestServer server, ReadOnlyMemory<byte> manifest) =>
        await server.Models.PublishVersionAsync(new() { Manifest = ByteString.CopyFrom(manifest.Span) }, Rpc.Options);

    private static async Task DeleteIsRefusedAsync(TestServer server, ModelPackage package, string why)
    {
        RpcException failure = await Rpc.FailsAsync(
            StatusCode.FailedPrecondition,
            async () =>
                await server.Models.DeleteVersionAsync(new() { Model = package.Manifest.Name, Digest = package.Version.Hex }, Rpc.Options)
        );
        Assert.StartsWith(why, failure.Status.Detail, StringComparison.Ordinal);
    }
}
