using System.Text;
using System.Threading.Channels;
using Codec;
using Codec.Frames;
using Codec.Models;
using Codec.Server;
using Codec.Server.Channels;
using Codec.Server.Coding;
using Codec.Server.Identity;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Telemetry;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ChannelOptions = Codec.Server.Options.ChannelOptions;

namespace CodecServer.Tests.Channels;

/// <summary>Producers' streams on the embedded store, without a network.</summary>
public sealed class ProducerStreamTests : IAsyncLifetime
{
    private const string Model = "small-8";

    private static readonly ModelPackage Package = SmallModel.Create();

    private readonly TemporaryDirectory _directory = new();
    private readonly ServerLimits _limits = new(
        Options.Create(new CodingOptions()),
        Options.Create(new ChannelOptions { PublishWindow = 4 }),
        Options.Create(new StoreOptions()),
        Options.Create(new LimitOptions()),
        TimeProvider.System
    );
    private readonly ServerMeter _meter = Meters.Create(TimeProvider.System);
    private readonly EmbeddedStores _stores;
    private readonly ModelHost _models;
    private readonly ModelPublisher _publisher;
    private readonly ImageEncoder _encoder;
    private readonly ProducerStreams _streams;

    public ProducerStreamTests()
    {
        IOptions<ModelOptions> options = Options.Create(new ModelOptions { MaxLoaded = 2 });
        _stores = new EmbeddedStores(_directory.Path);
        _models = new ModelHost(_stores.Registry, _stores.Blobs, _meter, options, TimeProvider.System, NullLogger<ModelHost>.Instance);
        _publisher = new ModelPublisher(
            _stores.Registry,
            _stores.Blobs,
            _stores.Log,
            _models,
            options,
            Options.Create(new StoreOptions()),
            NullLogger<ModelPublisher>.Instance
        );
        _encoder = new ImageEncoder(_limits, _meter, Options.Create(new CodingOptions()));
        var decoder = new FrameDecoder(_limits, _meter, Options.Create(new CodingOptions()));
        _streams = new ProducerStreams(_stores.Log, _models, _encoder, decoder, _limits, _meter);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await PublishAsync(Package);
        await _stores.Log.CreateAsync("faces", Retention.All, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        _encoder.Dispose();
        _publisher.Dispose();
        _models.Dispose();
        await _stores.DisposeAsync();
        _limits.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task RunAsync_ImagesAndFrames_AreStoredAndAnsweredInOrder()
    {
        using CodecModel model = CodecModel.Load(Package);
        byte[] frame = CodeFrame.Write(1, [Encode(model, 1), Encode(model, 2)]);

        List<ProducerAnswer> answers = await RunAsync(Header(), Image(0), new FrameItem(frame, 0, frame.Length), Image(3));

        Assert.Equal([new ProducerOpened(Package.Version, 0, 0), Stored(1), Stored(2, count: 2), Stored(4)], answers);
        Assert.Equal(Enumerable.Range(0, 4).Select(i => Convert.ToHexString(Encode(model, i))), (await ReadAsync()).Hex());
    }

    [Fact]
    public async Task RunAsync_InvalidItems_AreRefusedInOrderAndTheStreamContinues()
    {
        var invalid = new InvalidItem(RequestException.Invalid("info.key", "bad"), 0, 1);
        byte[] garbage = [1, 2, 3];
        var tooLong = new FrameItem(new byte[ModelLimits.MaxFrameBytes], 0, ModelLimits.MaxFrameBytes);

        List<ProducerAnswer> answers = await RunAsync(
            Header(),
            Image(0),
            invalid,
            new FrameItem(garbage, 0, 3),
            tooLong,
            new ImageItem(new PixelSource(7, 8, 3, new byte[7 * 8 * 3]), CodeInfo.None, 0, 168),
            Image(1)
        );

        Assert.Equal([Stored(1), Stored(2)], [answers[1], answers[6]]);
        Assert.Equal("info.key: bad", Refusal(answers[2]));
        Assert.StartsWith("frame: ", Refusal(answers[3]), StringComparison.Ordinal);
        Assert.Contains($"at most {ModelLimits.MaxFrameBytes - 4}", Refusal(answers[4]), StringComparison.Ordinal);
        Assert.StartsWith("image.pixels: 7 × 8", Refusal(answers[5]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NamedProducerSendsAgain_GetsTheRecordedOutcomes()
    {
        ProducerItem[] items = [Image(0, 1), new InvalidItem(RequestException.Invalid("info.key", "first"), 2, 1), Image(2, 3)];
        List<ProducerAnswer> first = await RunAsync(Header("camera"), items);

        // A refused item is refused again, although it is valid now.
        List<ProducerAnswer> second = await RunAsync(Header("camera", epoch: 1), items[0], Image(1, 2), items[2], Image(3, 4));

        Assert.Equal([new ProducerOpened(Package.Version, 0, 1), Stored(1)], first[..2]);
        Assert.Equal([new ProducerOpened(Package.Version, 3, 1), Stored(1)], second[..2]);
        Assert.Equal(("info.key: first", "info.key: first"), (Refusal(first[2]), Refusal(second[2])));
        Assert.Equal([Stored(2), Stored(3)], second[3..]);
    }

    [Fact]
    public async Task RunAsync_LaterHeader_ChangesModelAndQualityOfTheItemsAfterIt()
    {
        ModelPackage other = SmallModel.Create(name: "other-8", note: "other");
        await PublishAsync(other);

        List<ProducerAnswer> answers = await RunAsync(
            Header("camera"),
            Image(0, 1),
            Header("camera", epoch: 1) with
            {
                Model = "other-8",
                Quality = 0,
            },
            Image(1, 2)
        );

        Assert.Equal(new ProducerOpened(other.Version, 1, 1), answers[2]);
        Assert.Equal([(Package.Version, 1), (other.Version, 0)], (await ReadAsync()).Codes.Select(code => (code.Version, code.Quality)));
    }

    public static TheoryData<string, string> WrongStreams =>
        new()
        {
            { "no header", nameof(RequestError.InvalidArgument) },
            { "unknown channel", nameof(RequestError.NotFound) },
            { "unknown model", nameof(RequestError.NotFound) },
            { "quality out of range", nameof(RequestError.InvalidArgument) },
            { "long producer", nameof(RequestError.InvalidArgument) },
            { "another channel", nameof(RequestError.InvalidArgument) },
            { "named item without a number", nameof(RequestError.InvalidArgument) },
            { "gap", nameof(RequestError.OutOfRange) },
            { "unknown epoch", nameof(RequestError.FailedPrecondition) },
        };

    [Theory]
    [MemberData(nameof(WrongStreams))]
    public async Task RunAsync_StreamIsWrong_EndsThoughTheProducerStaysAndLeavesNoLease(string what, string expected)
    {
        ProducerMessage[] messages = what switch
        {
            "no header" => [Image(0)],
            "unknown channel" => [Header() with { Channel = "none" }],
            "unknown model" => [Header() with { Model = "none" }],
            "quality out of range" => [Header() with { Quality = 2 }],
            "long producer" => [Header(new string('p', 129))],
            "another channel" => [Header(), Header() with { Channel = "other" }],
            "named item without a number" => [Header("camera"), Image(0)],
            "gap" => [Header("camera"), Image(0, 2)],
            "unknown epoch" => [Header("camera", epoch: 7)],
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        };
        var open = Channel.CreateUnbounded<ProducerMessage>();
        foreach (ProducerMessage message in messages)
            open.Writer.TryWrite(message);

        await using (ProducerStream stream = _streams.Create(Payer.Server, owner: null, Write))
        {
            await Runs.RefusesAsync(
                Enum.Parse<RequestError>(expected),
                async () => await stream.RunAsync(open.Reader.ReadAllAsync(Ct), new NextResult(), Ct).ToListAsync(Ct)
            );
        }

        // A bar fails while a lease is held.
        _models.Bar(Package.Version).Dispose();
    }

    [Fact]
    public async Task RunAsync_ChannelIsDeletedAndCreatedAgain_EndsTheSilentStreamAndStoresNothingThere()
    {
        var messages = Channel.CreateUnbounded<ProducerMessage>();
        messages.Writer.TryWrite(Header("camera"));
        await using ProducerStream stream = _streams.Create(Payer.Server, owner: null, Write);
        await using IAsyncEnumerator<ProducerAnswer> answers = stream
            .RunAsync(messages.Reader.ReadAllAsync(Ct), new NextResult(), Ct)
            .GetAsyncEnumerator(Ct);
        Assert.True(await answers.MoveNextAsync());

        await _stores.Log.DeleteAsync("faces", Ct);
        await _stores.Log.CreateAsync("faces", Retention.All, Ct);

        RequestException refusal = await Runs.RefusesAsync(RequestError.NotFound, async () => await answers.MoveNextAsync());
        Assert.Equal("CHANNEL_DELETED", refusal.Reason);
        Assert.Equal(1, (await _stores.Log.GetAsync("faces", Ct)).NextSequence);
    }

    [Fact]
    public async Task RunAsync_AnswersAreNotTaken_ReadsNoFurtherThanTheWindows()
    {
        var messages = Channel.CreateUnbounded<ProducerMessage>();
        messages.Writer.TryWrite(Header());
        const int Sent = 100;
        for (int i = 0; i < Sent; i++)
            messages.Writer.TryWrite(Image(i));

        await using ProducerStream stream = _streams.Create(Payer.Server, owner: null, Write);
        await using (
            IAsyncEnumerator<ProducerAnswer> answers = stream
                .RunAsync(messages.Reader.ReadAllAsync(Ct), new NextResult(), Ct)
                .GetAsyncEnumerator(Ct)
        )
        {
            Assert.True(await answers.MoveNextAsync());
            Assert.True(await answers.MoveNextAsync());
            await Waiting.UntilAsync(
                async () => (await _stores.Log.GetAsync("faces", Ct)).NextSequence > 4,
                "items are stored before their answers are taken",
                Ct
            );
        }

        // Two windows of 4, one item in each hand-over, and the two answers that were taken.
        Assert.InRange(messages.Reader.Count, Sent - 14, Sent - 5);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task DisposeAsync_TransientProducer_IsForgottenOnlyIfEverythingWasAnswered(bool complete, int remembered)
    {
        await using (ProducerStream stream = _streams.Create(Payer.Server, owner: null, Write))
        {
            ProducerMessage[] messages = [Header("guid") with { Transient = true }, Image(0, 1)];
            await stream.RunAsync(messages.ToAsyncEnumerable(), new NextResult(), Ct).ToListAsync(Ct);
            if (complete)
                stream.Complete();
        }

        ProducerHeader again = Header("guid", epoch: 1) with { Transient = true };
        if (remembered == 0)
        {
            await Runs.RefusesAsync(RequestError.FailedPrecondition, () => RunAsync(again));
        }
        else
        {
            Assert.Equal([new ProducerOpened(Package.Version, 1, 1)], await RunAsync(again));
        }
    }

    private static ProducerHeader Header(string producer = "", long epoch = 0) =>
        new("faces", producer, epoch, Transient: false, Model, Quality: 1, Effort: 0, Bytes: 10);

    private static ImageItem Image(int seed, long producerSequence = 0)
    {
        byte[] samples = SmallModel.Image(seed);
        return new(new PixelSource(SmallModel.Side, SmallModel.Side, 3, samples), CodeInfo.None, producerSequence, samples.Length);
    }

    private static byte[] Encode(CodecModel model, int seed) => model.Encode(SmallModel.Image(seed), SmallModel.Side, SmallModel.Side, 1);

    private static ItemAnswered Stored(long sequence, int count = 1) => new(new ItemOutcome(sequence, count));

    private static byte[] Write(RequestException refusal) => Encoding.UTF8.GetBytes(refusal.Message);

    private static string Refusal(ProducerAnswer answer) => Encoding.UTF8.GetString(((ItemAnswered)answer).Outcome.Refusal!);

    private async Task<List<ProducerAnswer>> RunAsync(ProducerMessage header, params ProducerMessage[] items)
    {
        await using ProducerStream stream = _streams.Create(Payer.Server, owner: null, Write);
        List<ProducerAnswer> answers = await stream
            .RunAsync(new[] { header }.Concat(items).ToAsyncEnumerable(), new NextResult(), Ct)
            .ToListAsync(Ct);
        stream.Complete();
        return answers;
    }

    private async Task<LogPage> ReadAsync()
    {
        ChannelRecord channel = await _stores.Log.GetAsync("faces", Ct);
        return await _stores.Log.ReadAsync(channel.Id, 1, new ReadBounds(int.MaxValue, int.MaxValue), null, Ct);
    }

    private async Task PublishAsync(ModelPackage package)
    {
        foreach (BlobEntry blob in package.Manifest.Blobs)
        {
            if (!(await _stores.Blobs.QueryAsync(blob, Ct)).Complete)
                await _stores.Blobs.AppendAsync(blob, 0, new[] { package.Blobs[blob.Digest] }.ToAsyncEnumerable(), Ct);
        }

        await _publisher.PublishAsync(package.ManifestBytes, "test", Caller.Anonymous, Ct);
        await _publisher.MoveAliasAsync(
            new AliasMove(package.Manifest.Name, ModelReference.LiveAlias, AliasTargets.Of(package.Version), 0, "test"),
            Caller.Anonymous,
            Ct
        );
    }
}
