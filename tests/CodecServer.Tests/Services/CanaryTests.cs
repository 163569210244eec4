using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>An alias that splits traffic between two versions whose codes differ.</summary>
public sealed class CanaryTests
{
    private static readonly ModelPackage Present = SmallModel.Create(note: "present");
    private static readonly ModelPackage Candidate = SmallModel.Create(note: "candidate", step: 9f);

    [Fact]
    public async Task SetAlias_Split_IsShownInListsHistoryAndWatch()
    {
        await using TestServer server = await StartAsync();
        using AsyncServerStreamingCall<V1.WatchModelsResponse> watch = server.Models.WatchModels(new() { Model = "small-8" }, Rpc.Options);
        V1.Alias before = (await watch.ResponseStream.NextAsync()).Alias;

        V1.Alias split = await SplitAsync(server, 95, 5, before.Revision);

        Assert.Empty(before.Targets);
        Assert.Equal(Present.Version.Hex, split.Digest);
        Assert.Equal(
            [(Present.Version.Hex, 95), (Candidate.Version.Hex, 5)],
            split.Targets.Select(target => (target.Digest, target.Weight))
        );
        Assert.Equal(split, (await watch.ResponseStream.NextAsync()).Alias);
        Assert.Equal([split], (await server.Models.ListAliasesAsync(new() { Model = "small-8" }, Rpc.Options)).Aliases);
        Assert.Equal(
            [split, before],
            (await server.Models.ListAliasHistoryAsync(new() { Model = "small-8", Name = "live" }, Rpc.Options)).Entries
        );
        Assert.Equal(Present.Version.Hex, (await server.Models.GetVersionAsync(new() { Model = "small-8" }, Rpc.Options)).Version.Digest);
    }

    [Fact]
    public async Task RollbackAlias_OfASplit_IsOneCall()
    {
        await using TestServer server = await StartAsync();
        V1.Alias split = await SplitAsync(server, 95, 5, expectedRevision: 1);

        V1.Alias back = (
            await server.Models.RollbackAliasAsync(
                new()
                {
                    Model = "small-8",
                    Name = "live",
                    ExpectedRevision = split.Revision,
                    MovedBy = "bert",
                },
                Rpc.Options
            )
        ).Alias;

        Assert.Equal(
            (Present.Version.Hex, 0, 3, 1, "bert"),
            (back.Digest, back.Targets.Count, back.Revision, back.RestoredRevision, back.MovedBy)
        );
        Assert.Equal([Present.Version.Hex], await EncodedVersionsAsync(server, 20));
    }

    [Fact]
    public async Task Encode_EachCall_ChoosesByWeight()
    {
        await using TestServer server = await StartAsync();
        await SplitAsync(server, 1, 1, expectedRevision: 1);

        Assert.Equal(2, (await EncodedVersionsAsync(server, 60)).Count);
    }

    [Fact]
    public async Task EncodeStream_ThatNamesTheAliasEachTime_KeepsItsVersionUntilTheAliasChanges()
    {
        await using TestServer server = await StartAsync();
        await SplitAsync(server, 1, 1, expectedRevision: 1);
        var versions = new HashSet<string>();
        for (int i = 0; i < 40 && versions.Count < 2; i++)
        {
            using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
            string first = await VersionOfNextAsync(call);
            for (int item = 0; item < 5; item++)
                Assert.Equal(first, await VersionOfNextAsync(call));

            versions.Add(first);
        }

        Assert.Equal(2, versions.Count);
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> running = server.Codec.EncodeStream(Rpc.Options);
        await VersionOfNextAsync(running);
        await server.Models.SetAliasAsync(
            new()
            {
                Model = "small-8",
                Name = "live",
                Digest = Candidate.Version.Hex,
                ExpectedRevision = 2,
            },
            Rpc.Options
        );
        Assert.Equal(Candidate.Version.Hex, await VersionOfNextAsync(running));
    }

    [Fact]
    public async Task Publish_NamedProducers_KeepTheirVersionWhenTheyReturn()
    {
        await using TestServer server = await StartAsync();
        await SplitAsync(server, 1, 1, expectedRevision: 1);
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        var versions = new Dictionary<string, string>();
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 12; i++)
            {
                string producer = $"camera-{i}";
                List<V1.PublishResponse> answers = await server.PublishToAsync(
                    new()
                    {
                        Channel = "faces",
                        Model = "small-8",
                        Quality = 1,
                        Producer = producer,
                    },
                    new V1.PublishRequest { Image = Publishing.ToImage(SmallModel.Image(i)), ProducerSequence = round + 1 }
                );
                if (!versions.TryAdd(producer, answers[0].Version))
                    Assert.Equal(versions[producer], answers[0].Version);
            }
        }

        Assert.Equal(2, versions.Values.Distinct().Count());
    }

    [Fact]
    public async Task Decode_BySplitAlias_IsRefusedAndNamesTheRemedy()
    {
        await using TestServer server = await StartAsync();
        await SplitAsync(server, 95, 5, expectedRevision: 1);
        V1.EncodeResponse encoded = await EncodeAsync(server);
        ByteString frame = ByteString.CopyFrom(CodeFrame.Write(encoded.Quality, [encoded.Code.Memory]));

        RpcException refusal = await Rpc.FailsAsync(
            StatusCode.FailedPrecondition,
            async () => await server.Codec.DecodeAsync(new() { Model = "small-8", Frame = frame }, Rpc.Options)
        );
        using AsyncDuplexStreamingCall<V1.DecodeRequest, V1.DecodeResponse> stream = server.Codec.DecodeStream(Rpc.Options);
        await stream.RequestStream.SendAsync(new() { Model = "small-8", Frame = frame });
        await Rpc.FailsAsync(StatusCode.FailedPrecondition, () => stream.ResponseStream.NextAsync());

        Assert.Equal("ALIAS_IS_SPLIT", refusal.Reason());
        Assert.Contains("small-8@sha256:", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Single(
            (await server.Codec.DecodeAsync(new() { Model = $"small-8@sha256:{encoded.Version}", Frame = frame }, Rpc.Options)).Images
        );
    }

    public static TheoryData<string, int[], bool> BadTargets =>
        new()
        {
            { "", [0, 5], false },
            { "", [-1, 5], false },
            { "", [10_001, 5], false },
            { "", [.. Enumerable.Repeat(1, 9)], false },
            { "", [1, 1], true },
            { Present.Version.Hex, [95, 5], false },
            { "no digest", [], false },
        };

    [Theory]
    [MemberData(nameof(BadTargets))]
    public async Task SetAlias_InvalidTargets_IsInvalid(string digest, int[] weights, bool repeated)
    {
        await using TestServer server = await StartAsync();
        var request = new V1.SetAliasRequest
        {
            Model = "small-8",
            Name = "live",
            Digest = digest,
            ExpectedRevision = 1,
            Targets =
            {
                weights.Select(
                    (weight, i) =>
                        new V1.AliasTarget { Digest = repeated || i == 0 ? Present.Version.Hex : Digest.Of([(byte)i]).Hex, Weight = weight }
                ),
            },
        };

        await Rpc.FailsAsync(StatusCode.InvalidArgument, async () => await server.Models.SetAliasAsync(request, Rpc.Options));
    }

    [Fact]
    public async Task SetAlias_TargetsThatServeOtherRequests_IsRefused()
    {
        await using TestServer server = await StartAsync();
        ModelPackage grid = SmallGrid.Create("small-8");
        await server.UploadBlobsAsync(grid);
        await server.Models.PublishVersionAsync(new() { Manifest = ByteString.CopyFrom(grid.ManifestBytes.Span) }, Rpc.Options);

        RpcException refusal = await Rpc.FailsAsync(
            StatusCode.FailedPrecondition,
            () => SplitAsync(server, 95, 5, expectedRevision: 1, other: grid.Version)
        );
        await Rpc.FailsAsync(StatusCode.NotFound, () => SplitAsync(server, 95, 5, expectedRevision: 1, other: Digest.Of("nothing"u8)));

        Assert.Equal("TARGETS_DIFFER", refusal.Reason());
        Assert.Contains("any size", refusal.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>Starts a server with both versions, of which the present one is live, at revision 1.</summary>
    private static async Task<TestServer> StartAsync()
    {
        TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(Present);
        await server.UploadBlobsAsync(Candidate);
        await server.Models.PublishVersionAsync(new() { Manifest = ByteString.CopyFrom(Candidate.ManifestBytes.Span) }, Rpc.Options);
        return server;
    }

    private static async Task<V1.Alias> SplitAsync(
        TestServer server,
        int present,
        int candidate,
        long expectedRevision,
        Digest? other = null
    ) =>
        (
            await server.Models.SetAliasAsync(
                new()
                {
                    Model = "small-8",
                    Name = "live",
                    ExpectedRevision = expectedRevision,
                    MovedBy = "anna",
                    Targets =
                    {
                        new V1.AliasTarget { Digest = Present.Version.Hex, Weight = present },
                        new V1.AliasTarget { Digest = (other ?? Candidate.Version).Hex, Weight = candidate },
                    },
                },
                Rpc.Options
            )
        ).Alias;

    private static async Task<HashSet<string>> EncodedVersionsAsync(TestServer server, int calls)
    {
        var versions = new HashSet<string>();
        for (int i = 0; i < calls; i++)
            versions.Add((await EncodeAsync(server)).Version);

        return versions;
    }

    private static async Task<V1.EncodeResponse> EncodeAsync(TestServer server) =>
        await server.Codec.EncodeAsync(new() { Model = "small-8", Image = Publishing.ToImage(SmallModel.Image(1)) }, Rpc.Options);

    private static async Task<string> VersionOfNextAsync(AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call)
    {
        await call.RequestStream.SendAsync(new() { Model = "small-8", Image = Publishing.ToImage(SmallModel.Image(1)) });
        return (await call.ResponseStream.NextAsync()).Version;
    }
}
