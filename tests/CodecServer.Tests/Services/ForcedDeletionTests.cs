using Codec;
using Codec.Frames;
using Codec.Models;
using Codec.Server.Options;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>Deletions of versions that streams use and channels hold codes of.</summary>
public sealed class ForcedDeletionTests
{
    private const string Channel = "faces";

    private static readonly ModelPackage First = SmallModel.Create(note: "first");
    private static readonly ModelPackage Second = SmallModel.Create(note: "second", step: 9f);

    private static readonly string Pinned = $"small-8@sha256:{First.Version}";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DeleteVersion_CodesInChannels_StatesHowMany()
    {
        await using TestServer server = await StartAsync();
        await PublishAsync(server, Pinned, 3);

        RpcException refusal = await Rpc.FailsAsync(StatusCode.FailedPrecondition, () => DeleteAsync(server, force: false));

        Assert.Equal(("3", "1"), (refusal.Metadata("codes"), refusal.Metadata("channels")));
        Assert.Contains("faces (3)", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteVersion_ForceWhileAnAliasPointsToIt_IsRefused()
    {
        await using TestServer server = await StartAsync();
        await server.PublishAsync(First, alias: "canary");

        RpcException refusal = await Rpc.FailsAsync(StatusCode.FailedPrecondition, () => DeleteAsync(server, force: true));

        Assert.Contains("'canary'", refusal.Status.Detail, StringComparison.Ordinal);
        await Rpc.FailsAsync(
            StatusCode.NotFound,
            async () =>
                await server.Models.DeleteVersionAsync(
                    new()
                    {
                        Model = "small-8",
                        Digest = Digest.Of("nothing"u8).Hex,
                        Force = true,
                    },
                    Rpc.Options
                )
        );
    }

    [Fact]
    public async Task DeleteVersion_Force_SubscribersGetDataLossAtItsCodesAndGoOnAfterThem()
    {
        using var directory = new TemporaryDirectory();
        await using (TestServer server = await StartAsync(directory.Path))
        {
            await PublishAsync(server, Pinned, 3);
            using AsyncServerStreamingCall<V1.SubscribeResponse> running = Subscribe(server, 1, skip: false);
            await running.PositionAsync();
            Assert.Equal(First.Version.Hex, (await running.ResponseStream.NextAsync()).Header.Version);

            await DeleteAsync(server, force: true);
            await PublishAsync(server, "small-8", 2);

            using AsyncServerStreamingCall<V1.SubscribeResponse> strict = Subscribe(server, 1, skip: false);
            await strict.PositionAsync();
            RpcException loss = await Rpc.FailsAsync(StatusCode.DataLoss, () => strict.ResponseStream.NextAsync());
            Assert.Equal(("VERSION_DELETED", "1", "4"), (loss.Reason(), loss.Metadata("first_sequence"), loss.Metadata("next_sequence")));
            using AsyncServerStreamingCall<V1.SubscribeResponse> skipping = Subscribe(server, 1, skip: true);
            await skipping.PositionAsync();
            V1.SubscribeResponse.Types.Damage damage = (await skipping.ResponseStream.NextAsync()).Damage;
            Assert.Equal((1, 3), (damage.FirstSequence, damage.Count));
            Assert.Equal(Second.Version.Hex, (await skipping.ResponseStream.NextAsync()).Header.Version);
            Assert.Equal(4, (await skipping.ResponseStream.NextAsync()).FirstSequence);

            // Its decoder is where its version was announced.
            Assert.Equal(1, (await running.ResponseStream.NextAsync()).FirstSequence);
        }

        using var report = new StringWriter();
        var check = new EmbeddedStoreCheck(Options.Create(new StoreOptions { DataDirectory = directory.Path }), TimeProvider.System);
        Assert.True(await check.RunAsync(report, Ct) == 0, report.ToString());
    }

    [Fact]
    public async Task DeleteVersion_Force_StreamsThatNamedTheAliasMoveAndOthersEnd()
    {
        await using TestServer server = await StartAsync(first: "live");
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> byAlias = server.Codec.EncodeStream(Rpc.Options);
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> byVersion = server.Codec.EncodeStream(Rpc.Options);
        using AsyncDuplexStreamingCall<V1.DecodeRequest, V1.DecodeResponse> codes = server.Codec.DecodeStream(Rpc.Options);
        V1.EncodeResponse encoded = await EncodeAsync(byAlias, "small-8");
        Assert.Equal(First.Version.Hex, encoded.Version);
        Assert.Equal(First.Version.Hex, (await EncodeAsync(byVersion, Pinned)).Version);
        ByteString frame = ByteString.CopyFrom(CodeFrame.Write(encoded.Quality, [encoded.Code.Memory]));
        await codes.RequestStream.SendAsync(new() { Model = "small-8", Frame = frame });
        await codes.ResponseStream.NextAsync();
        await server.PublishAsync(Second);

        await Rpc.FailsAsync(StatusCode.FailedPrecondition, () => DeleteAsync(server, force: false));
        await DeleteAsync(server, force: true);

        Assert.Equal(Second.Version.Hex, (await EncodeAsync(byAlias, "")).Version);
        await byVersion.RequestStream.SendAsync(new() { Image = Publishing.ToImage(SmallModel.Image(1)) });
        await Rpc.FailsAsync(StatusCode.NotFound, () => byVersion.ResponseStream.NextAsync());

        // Another version would decode the code to other pixels.
        await codes.RequestStream.SendAsync(new() { Frame = frame });
        await Rpc.FailsAsync(StatusCode.NotFound, () => codes.ResponseStream.NextAsync());
        await Rpc.FailsAsync(
            StatusCode.NotFound,
            async () =>
                await server.Codec.EncodeAsync(new() { Model = Pinned, Image = Publishing.ToImage(SmallModel.Image(1)) }, Rpc.Options)
        );
    }

    [Fact]
    public async Task DeleteVersion_Force_ImagesOfOneMessageMoveTogether()
    {
        await using TestServer server = await StartAsync(first: "live");
        using CodecModel second = CodecModel.Load(Second);
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        Assert.Equal(First.Version.Hex, (await EncodeAsync(call, "small-8")).Version);
        await server.PublishAsync(Second);
        await DeleteAsync(server, force: true);
        byte[][] images = [SmallModel.Image(1), SmallModel.Image(2), SmallModel.Image(3)];

        await call.RequestStream.SendAsync(
            new()
            {
                Image = Publishing.ToImage([.. images.SelectMany(image => image)]),
                Images = images.Length,
                Quality = 1,
            }
        );
        V1.EncodeResponse moved = await call.ResponseStream.NextAsync();

        Assert.Equal(Second.Version.Hex, moved.Version);
        Assert.Equal(images.Length, moved.CodeLengths.Count);
        Assert.Equal(second.EncodeBatch(images.SelectMany(image => image).ToArray(), 1).SelectMany(code => code), moved.Code);
    }

    [Fact]
    public async Task DeleteVersion_Force_ProducerOfImagesMovesAndItsOwnCodesAreNotMisread()
    {
        await using TestServer server = await StartAsync(first: "live");
        using CodecModel model = CodecModel.Load(First);
        byte[] own = CodeFrame.Write(1, [model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1)]);
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        await call.RequestStream.SendAsync(new() { Header = Header("small-8") });
        Assert.Equal(First.Version.Hex, (await call.ResponseStream.NextAsync()).Version);
        await server.PublishAsync(Second);

        await DeleteAsync(server, force: true);
        await call.RequestStream.SendAsync(new() { Image = Publishing.ToImage(SmallModel.Image(1)) });
        Assert.Equal(1, (await call.ResponseStream.NextAsync()).FirstSequence);
        await call.RequestStream.SendAsync(new() { Frame = ByteString.CopyFrom(own) });
        await Rpc.FailsAsync(StatusCode.NotFound, () => call.ResponseStream.NextAsync());

        using AsyncServerStreamingCall<V1.SubscribeResponse> subscription = Subscribe(server, 1, skip: false);
        await subscription.PositionAsync();
        Assert.Equal(Second.Version.Hex, (await subscription.ResponseStream.NextAsync()).Header.Version);
        Assert.Equal(2, Assert.Single((await server.Channels.ListChannelsAsync(new(), Rpc.Options)).Channels).NextSequence);
    }

    /// <summary>Starts a server with both versions and a channel; `live` points to the second one unless said otherwise.</summary>
    private static async Task<TestServer> StartAsync(string? dataDirectory = null, string first = "")
    {
        TestServer server = await TestServer.StartAsync([], dataDirectory);
        await server.PublishAsync(First);
        if (first != "live")
            await server.PublishAsync(Second);

        await server.Channels.CreateChannelAsync(new() { Name = Channel }, Rpc.Options);
        return server;
    }

    private static async Task DeleteAsync(TestServer server, bool force) =>
        await server.Models.DeleteVersionAsync(
            new()
            {
                Model = "small-8",
                Digest = First.Version.Hex,
                Force = force,
            },
            Rpc.Options
        );

    private static V1.PublishRequest.Types.Header Header(string model) =>
        new()
        {
            Channel = Channel,
            Model = model,
            Quality = 1,
        };

    private static Task<List<V1.PublishResponse>> PublishAsync(TestServer server, string model, int images) =>
        server.PublishToAsync(
            Header(model),
            [.. Enumerable.Range(0, images).Select(i => new V1.PublishRequest { Image = Publishing.ToImage(SmallModel.Image(i)) })]
        );

    private static AsyncServerStreamingCall<V1.SubscribeResponse> Subscribe(TestServer server, long sequence, bool skip) =>
        server.Channels.Subscribe(
            new()
            {
                Channel = Channel,
                Sequence = sequence,
                SkipDamaged = skip,
            },
            Rpc.Options
        );

    private static async Task<V1.EncodeResponse> EncodeAsync(
        AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call,
        string model
    )
    {
        await call.RequestStream.SendAsync(
            new()
            {
                Model = model,
                Image = Publishing.ToImage(SmallModel.Image(1)),
                Quality = 1,
            }
        );
        return await call.ResponseStream.NextAsync();
    }
}
