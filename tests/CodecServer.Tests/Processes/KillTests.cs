using Codec;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Processes;

/// <summary>
/// Kills a busy server with SIGKILL at random moments: afterwards everything that it acknowledged exists, byte for byte, no version is
/// partly published, and producers and uploads continue where they were.
/// </summary>
public sealed class KillTests
{
    private const int Rounds = 6;

    /// <summary>Maximum number of acknowledgements in a round before the server is killed.</summary>
    private const int MaxAcknowledgements = 60;

    private readonly SortedDictionary<long, byte[]> _acknowledgedCodes = [];
    private readonly Dictionary<string, byte[]> _acknowledgedBlobs = [];
    private readonly Dictionary<string, byte[]> _acknowledgedManifests = [];
    private long _producerSequence;
    private int _seed;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_WhilePublishing_LosesNothingAcknowledged()
    {
        using var directory = new TemporaryDirectory();
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        var random = new Random(20261124);
        for (int round = 0; round < Rounds; round++)
        {
            await using CalledServer server = await CalledServer.StartAsync(directory.Path);
            await VerifyAsync(server, model);
            await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
            await PublishVersionAsync(server, SmallModel.Create());

            // The kill follows an acknowledgement of either kind, so that it hits the other kind of work at an arbitrary point.
            using var countdown = new Countdown(random.Next(1, MaxAcknowledgements));
            Task work = Task.WhenAll(
                UntilKilledAsync(() => ProduceAsync(server, model, countdown)),
                UntilKilledAsync(() => PublishVersionsAsync(server, countdown))
            );
            await countdown.Reached.WaitAsync(Ct);
            await server.Process.KillAsync();
            await work;
        }

        await using CalledServer last = await CalledServer.StartAsync(directory.Path);
        await VerifyAsync(last, model);
        Assert.True(_acknowledgedCodes.Count > 0 && _acknowledgedManifests.Count > 1, "The rounds acknowledged nothing.");
    }

    /// <summary>Ignores the failure of a call to a killed server.</summary>
    private static async Task UntilKilledAsync(Func<Task> work)
    {
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(work);

        // A write to the broken connection fails with the socket's exception.
        Assert.True(
            exception is IOException or RpcException { StatusCode: StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled },
            $"{exception}"
        );
    }

    private async Task ProduceAsync(CalledServer server, CodecModel model, Countdown countdown)
    {
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        await call.RequestStream.SendAsync(
            new()
            {
                Header = new()
                {
                    Channel = "faces",
                    Model = "small-8",
                    Quality = 1,
                    Producer = "camera",
                },
            }
        );
        V1.PublishResponse opened = await call.ResponseStream.NextAsync();

        // The log may hold more than was acknowledged, never less; the items that it holds are acknowledged again.
        Assert.InRange(opened.LastProducerSequence, _producerSequence, _producerSequence + 8);
        while (true)
        {
            // Eight at a time, so that several wait for the same commit.
            for (int i = 1; i <= 8; i++)
            {
                await call.RequestStream.SendAsync(
                    new() { Frame = Frame(model, _producerSequence + i), ProducerSequence = _producerSequence + i }
                );
            }

            for (int i = 1; i <= 8; i++)
            {
                V1.PublishResponse acknowledged = await call.ResponseStream.NextAsync();
                _producerSequence++;
                _acknowledgedCodes.Add(
                    acknowledged.FirstSequence,
                    model.Encode(SmallModel.Image((int)_producerSequence), SmallModel.Side, SmallModel.Side, 1)
                );
                countdown.Signal();
            }
        }
    }

    private async Task PublishVersionsAsync(CalledServer server, Countdown countdown)
    {
        while (true)
        {
            // Several chunks long; the next round resumes an upload that a kill interrupts.
            await UploadAsync(server, Blobs.Random(400_000, seed: _seed));
            countdown.Signal();
            await PublishVersionAsync(server, SmallModel.Create(note: $"version {_seed}"));
            countdown.Signal();
            _seed++;
        }
    }

    private async Task PublishVersionAsync(CalledServer server, ModelPackage package)
    {
        foreach (ReadOnlyMemory<byte> bytes in package.Blobs.Values)
            await UploadAsync(server, bytes.ToArray());

        await server.Models.PublishVersionAsync(new() { Manifest = ByteString.CopyFrom(package.ManifestBytes.Span) }, Rpc.Options);
        _acknowledgedManifests[package.Version.Hex] = package.ManifestBytes.ToArray();
        V1.ListAliasesResponse aliases = await server.Models.ListAliasesAsync(new() { Model = "small-8" }, Rpc.Options);
        if (aliases.Aliases.Count == 0)
        {
            await server.Models.SetAliasAsync(
                new()
                {
                    Model = "small-8",
                    Name = "live",
                    Digest = package.Version.Hex,
                },
                Rpc.Options
            );
        }
    }

    private async Task UploadAsync(CalledServer server, byte[] bytes)
    {
        V1.BlobRef blob = Blobs.Ref(bytes);
        V1.QueryBlobResponse state = await server.Models.QueryBlobAsync(new() { Blob = blob }, Rpc.Options);
        if (!state.Complete)
            Assert.True((await server.Models.UploadAsync(blob, bytes, (int)state.CommittedSize)).Complete);

        _acknowledgedBlobs[blob.Digest] = bytes;
    }

    private async Task VerifyAsync(CalledServer server, CodecModel model)
    {
        // Every listed version is complete, acknowledged or not: its manifest and each blob match their digests.
        V1.ListModelsResponse models = await server.Models.ListModelsAsync(new(), Rpc.Options);
        var listed = new HashSet<string>();
        foreach (V1.Model listedModel in models.Models)
        {
            foreach (
                V1.Version version in (await server.Models.ListVersionsAsync(new() { Model = listedModel.Name }, Rpc.Options)).Versions
            )
            {
                V1.GetVersionResponse read = await server.Models.GetVersionAsync(
                    new() { Model = $"small-8@sha256:{version.Digest}" },
                    Rpc.Options
                );
                Assert.Equal(version.Digest, Digest.Of(read.Manifest.Span).Hex);
                listed.Add(version.Digest);
                foreach (BlobEntry blob in ModelManifest.Parse(read.Manifest.Span).Blobs)
                    Assert.Equal(blob.Digest, Digest.Of(await server.Models.DownloadAsync(blob.Digest.Hex)));
            }
        }

        Assert.Subset(listed, _acknowledgedManifests.Keys.ToHashSet());
        foreach ((string digest, byte[] bytes) in _acknowledgedBlobs)
            Assert.Equal(bytes, await server.Models.DownloadAsync(digest));

        await VerifyLogAsync(server, model);
    }

    private async Task VerifyLogAsync(CalledServer server, CodecModel model)
    {
        if (_acknowledgedCodes.Count == 0)
            return;

        V1.ChannelInfo channel = Assert.Single((await server.Channels.ListChannelsAsync(new(), Rpc.Options)).Channels);
        Assert.InRange(channel.NextSequence, _acknowledgedCodes.Keys.Max() + 1, long.MaxValue);
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = "faces", Start = true },
            Rpc.Options
        );
        long next = 1;
        while (next < channel.NextSequence)
        {
            V1.SubscribeResponse response = await call.ResponseStream.NextAsync();
            if (response.PartCase != V1.SubscribeResponse.PartOneofCase.Frame)
                continue;

            Assert.Equal(next, response.FirstSequence);
            foreach (ReadOnlyMemory<byte> code in model.SplitFrame(response.Frame.Memory).Codes)
            {
                if (_acknowledgedCodes.TryGetValue(next++, out byte[]? acknowledged))
                    Assert.Equal(acknowledged, code.ToArray());
            }
        }
    }

    private static ByteString Frame(CodecModel model, long producerSequence) =>
        ByteString.CopyFrom(
            CodeFrame.Write(1, [model.Encode(SmallModel.Image((int)producerSequence), SmallModel.Side, SmallModel.Side, 1)])
        );

    /// <summary>Completes after a number of events.</summary>
    private sealed class Countdown(int count) : IDisposable
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        public Task Reached => _reached.Task;

        public void Signal()
        {
            if (Interlocked.Decrement(ref _left) == 0)
                _reached.SetResult();
        }

        public void Dispose() => _reached.TrySetCanceled();
    }
}
