using System.Collections.Concurrent;
using System.Globalization;
using Codec;
using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>
/// An alias moves to and fro between two versions whose pixels differ, under unary calls, streams, publishers and a subscriber: no call
/// fails, and each code decodes to what its version gives in process.
/// </summary>
/// <remarks><c>make swap N=1000</c> moves it more often.</remarks>
public sealed class HotSwapTests
{
    private const int Swaps = 50;
    private const int Images = 8;
    private const int Quality = 1;
    private const string Channel = "faces";

    /// <summary>
    /// Answers of each kind of traffic between two moves. Two workers of a kind have one item each on its way when the alias moves: the
    /// third answer is of the new version.
    /// </summary>
    private const int AnswersPerSwap = 3;

    private static readonly ModelPackage[] Packages = [SmallModel.Create(note: "first"), SmallModel.Create(note: "second", step: 9f)];

    private readonly CodecModel[] _models = [.. Packages.Select(package => CodecModel.Load(package))];
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentQueue<string> _failed = new();
    private readonly ConcurrentDictionary<string, long> _seen = new();
    private byte[][][] _pixels = null!;
    private long _checked;
    private long _published;
    private long _received;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SetAlias_ManyTimesUnderTraffic_FailsNoCallAndGivesNoWrongPixel()
    {
        _pixels = [.. _models.Select(model => Enumerable.Range(0, Images).Select(image => Decoded(model, image)).ToArray())];
        Assert.All(Enumerable.Range(0, Images), image => Assert.NotEqual(_pixels[0][image], _pixels[1][image]));
        int swaps = int.TryParse(Environment.GetEnvironmentVariable("CODEC_SWAPS"), CultureInfo.InvariantCulture, out int more)
            ? more
            : Swaps;
        await using TestServer server = await TestServer.StartAsync();
        foreach (ModelPackage package in Packages)
            await server.PublishAsync(package);

        await server.Channels.CreateChannelAsync(new() { Name = Channel }, Rpc.Options);
        using var stop = new CancellationTokenSource();
        Task[] traffic =
        [
            .. new Func<Task>[]
            {
                () => EncodeAsync(server, stop.Token),
                () => EncodeAsync(server, stop.Token),
                () => EncodeStreamAsync(server, stop.Token),
                () => EncodeStreamAsync(server, stop.Token),
                () => PublishAsync(server, "front", stop.Token),
                () => PublishAsync(server, "back", stop.Token),
            }.Select(Guarded),
        ];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task subscriber = Guarded(() => SubscribeAsync(server, end.Token));
        var times = new List<double>();
        for (int swap = 0; swap < swaps; swap++)
        {
            Dictionary<string, long> before = Answered();
            await Waiting.UntilAsync(
                () => Answered().All(kind => kind.Value >= before[kind.Key] + AnswersPerSwap) || !_failed.IsEmpty,
                "Traffic between two moves",
                Ct
            );
            long began = TimeProvider.System.GetTimestamp();
            await server.Models.SetAliasAsync(
                new()
                {
                    Model = "small-8",
                    Name = "live",
                    Digest = Packages[swap % 2].Version.Hex,
                    ExpectedRevision = swap + 2,
                },
                Rpc.Options
            );
            times.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
        }

        await stop.CancelAsync();
        await Task.WhenAll(traffic);
        await Waiting.UntilAsync(() => Interlocked.Read(ref _received) == _published || !_failed.IsEmpty, "The last codes", Ct);
        await end.CancelAsync();
        await subscriber;

        times.Sort();
        TestContext.Current.SendDiagnosticMessage(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{swaps} swaps: swap.failed_calls {_failed.Count}, swap.wrong_pixels {_wrong.Count}, swap.ms {times[swaps / 2]:0.0}; "
                    + $"{_checked} images checked, {_received} codes received"
            )
        );
        Assert.Empty(_failed);
        Assert.Empty(_wrong);
        Assert.Equal(_published, _received);

        // Each kind of traffic used both versions.
        string[] kinds = ["encode", "encode stream", "publish", "decode"];
        Assert.Equal(kinds.SelectMany(kind => new[] { $"{kind} 0", $"{kind} 1" }).Order(), _seen.Keys.Order());
    }

    private async Task EncodeAsync(TestServer server, CancellationToken stop)
    {
        for (int image = 0; !stop.IsCancellationRequested; image = (image + 1) % Images)
        {
            V1.EncodeResponse encoded = await server.Codec.EncodeAsync(Request(image), Rpc.Options);
            Check("encode", encoded.Version, image, encoded.Code);
            var frame = ByteString.CopyFrom(CodeFrame.Write(Quality, [encoded.Code.Memory]));
            V1.DecodeResponse decoded = await server.Codec.DecodeAsync(
                new() { Model = $"small-8@sha256:{encoded.Version}", Frame = frame },
                Rpc.Options
            );
            CheckPixels("decode", encoded.Version, image, Assert.Single(decoded.Images).Data.Span);
        }
    }

    private async Task EncodeStreamAsync(TestServer server, CancellationToken stop)
    {
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        for (int image = 0; !stop.IsCancellationRequested; image = (image + 1) % Images)
        {
            await call.RequestStream.SendAsync(Request(image));
            V1.EncodeResponse encoded = await call.ResponseStream.NextAsync();
            Assert.Null(encoded.Refusal);
            Check("encode stream", encoded.Version, image, encoded.Code);
        }

        await call.RequestStream.CompleteAsync();
        Assert.Empty(await call.ResponseStream.CollectAsync());
    }

    /// <summary>Publishes; names the alias again before each image, as a producer does that follows it.</summary>
    private async Task PublishAsync(TestServer server, string producer, CancellationToken stop)
    {
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        var header = new V1.PublishRequest.Types.Header
        {
            Channel = Channel,
            Model = "small-8",
            Quality = Quality,
            Producer = producer,
        };
        for (int item = 0; !stop.IsCancellationRequested; item++)
        {
            await call.RequestStream.SendAsync(new() { Header = header });
            Assert.NotEmpty((await call.ResponseStream.NextAsync()).Version);
            int image = item % Images;
            await call.RequestStream.SendAsync(
                new()
                {
                    Image = Publishing.ToImage(SmallModel.Image(image)),
                    ProducerSequence = item + 1,
                    Info = new() { Key = $"{image}" },
                }
            );
            V1.PublishResponse answer = await call.ResponseStream.NextAsync();
            Assert.Null(answer.Refusal);
            Interlocked.Increment(ref _published);
        }

        await call.RequestStream.CompleteAsync();
        Assert.Empty(await call.ResponseStream.CollectAsync());
    }

    private async Task SubscribeAsync(TestServer server, CancellationToken end)
    {
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = server.Channels.Subscribe(
            new() { Channel = Channel, Start = true },
            cancellationToken: end
        );
        string version = "";
        try
        {
            await foreach (V1.SubscribeResponse part in call.ResponseStream.ReadAllAsync(end))
            {
                if (part.PartCase == V1.SubscribeResponse.PartOneofCase.Header)
                {
                    version = part.Header.Version;
                }
                else if (part.PartCase == V1.SubscribeResponse.PartOneofCase.Frame)
                {
                    Interlocked.Add(ref _received, CheckFrame(version, part.Frame.Memory));
                }
            }
        }
        catch (Exception exception)
            when (end.IsCancellationRequested
                && exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled }
            )
        {
            // The subscription ends with the test.
        }
    }

    private int CheckFrame(string version, ReadOnlyMemory<byte> frame)
    {
        FrameReader reader = _models[IndexOf(version)].ReadFrame(frame);
        var images = new List<Raster>();
        while (reader.Remaining > 0)
            images.Add(reader.ReadImage(ModelManifest.ImageHead));

        FrameInfo info = reader.ReadInfo();
        for (int i = 0; i < images.Count; i++)
            CheckPixels("publish", version, int.Parse(info[i].Key!, CultureInfo.InvariantCulture), images[i].Samples);

        return images.Count;
    }

    private static V1.EncodeRequest Request(int image) =>
        new()
        {
            Model = "small-8",
            Quality = Quality,
            Image = Publishing.ToImage(SmallModel.Image(image)),
        };

    private static byte[] Decoded(CodecModel model, int image)
    {
        byte[] code = model.Encode(SmallModel.Image(image), SmallModel.Side, SmallModel.Side, Quality);
        return [.. model.Decode(code, Quality).Samples];
    }

    /// <summary>Answers so far of each kind of traffic.</summary>
    private Dictionary<string, long> Answered() =>
        new()
        {
            ["encode"] = CountOf("encode"),
            ["encode stream"] = CountOf("encode stream"),
            ["publish"] = Interlocked.Read(ref _published),
        };

    private long CountOf(string kind) => _seen.GetValueOrDefault($"{kind} 0") + _seen.GetValueOrDefault($"{kind} 1");

    private static int IndexOf(string version) => Array.FindIndex(Packages, package => package.Version.Hex == version);

    private void Check(string kind, string version, int image, ByteString code) =>
        CheckPixels(kind, version, image, _models[IndexOf(version)].Decode(code.Span, Quality).Samples);

    private void CheckPixels(string kind, string version, int image, ReadOnlySpan<byte> pixels)
    {
        int index = IndexOf(version);
        _seen.AddOrUpdate($"{kind} {index}", 1, (_, count) => count + 1);
        if (!pixels.SequenceEqual(_pixels[index][image]))
            _wrong.Enqueue($"{kind}, image {image}, version {index}");

        Interlocked.Increment(ref _checked);
    }

    /// <summary>Runs a kind of traffic off the test's thread; keeps what ended it.</summary>
    private Task Guarded(Func<Task> run) =>
        Task.Run(
            async () =>
            {
                try
                {
                    await run();
                }
                catch (Exception exception) when (!Ct.IsCancellationRequested)
                {
                    _failed.Enqueue($"{exception}");
                }
            },
            Ct
        );
}
