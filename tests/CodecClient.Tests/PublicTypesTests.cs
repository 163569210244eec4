using Codec.Client.Tests.Infrastructure;
using Codec.Frames;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client.Tests;

/// <summary>The default values of options, and the types that an application constructs to fake the client in its tests.</summary>
public sealed class PublicTypesTests
{
    private static readonly Digest Version = Digest.Of([1]);
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void CodecClientOptions_NoneGiven_AreThoseThatAreDocumented()
    {
        var options = new CodecClientOptions();
        Assert.Equal(new Uri("http://127.0.0.1:5080"), options.Address);
        Assert.Equal(CodecClientOptions.DefaultCacheDirectory, options.CacheDirectory);
        Assert.Equal((1L << 30, 8), (options.CacheBytes, options.LoadedModels));
        Assert.Equal((64, 64L << 20, 32L << 20), (options.MaxInFlight, options.MaxInFlightBytes, options.ReadAheadBytes));
        Assert.Equal((32 << 20, 1 << 25), (options.MaxMessageBytes, options.MaxImagePixels));
        Assert.Equal(TimeSpan.FromSeconds(30), options.CallTimeout);
        Assert.StartsWith($"{Environment.UserName}@", options.Identity, StringComparison.Ordinal);
        Assert.Equal((null, null), (options.ConnectCallback, options.CreateHandler));
        Assert.Null((options with { Networks = null }).Networks);
        Assert.Equal((null, null, false), (options.ApiKey, options.TokenProvider, options.AllowCredentialsInClearText));

        ReconnectPolicy reconnect = options.Reconnect;
        Assert.Equal((TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5)), (reconnect.InitialDelay, reconnect.MaxDelay));
        Assert.Equal((8, true), (reconnect.MaxAttempts, reconnect.RestoreForever));
    }

    [Fact]
    public void PublisherAndSubscribeOptions_NoneGiven_AreThoseThatAreDocumented()
    {
        var publishing = new PublisherOptions();
        Assert.Equal((null, 0, 1), (publishing.Producer, publishing.Effort, publishing.CodesPerFrame));
        Assert.Equal((TimeSpan.FromMilliseconds(20), TimeSpan.FromMinutes(2)), (publishing.Linger, publishing.AcknowledgeTimeout));

        var subscribing = new SubscribeOptions();
        Assert.Equal((SubscribeFrom.Now, "image", 0), (subscribing.From, subscribing.Head, subscribing.MaxCodesPerFrame));
        Assert.Empty(subscribing.Keys);
        Assert.Empty(subscribing.KeyPrefixes);
        Assert.Equal((null, null, null), (subscribing.Consumer, subscribing.AutoCommitInterval, subscribing.OnSkipped));
        Assert.Equal((false, false, true), (subscribing.StoredTimes, subscribing.SkipDamaged, subscribing.WaitForServer));
        SubscribeOptions ofPlace = SubscribeFrom.At(7);
        Assert.Equal(subscribing with { From = SubscribeFrom.At(7) }, ofPlace);

        ChannelRetention all = ChannelRetention.All;
        Assert.Equal((null, null, null, false), (all.Codes, all.Age, all.Bytes, all.LatestOfEachKey));
    }

    [Fact]
    public void Exceptions_MadeByAnApplication_KeepTheirArguments()
    {
        var fenced = new ProducerFencedException("fenced", new IOException("why"));
        Assert.Equal((StatusCode.Aborted, "fenced", "why"), (fenced.Status, fenced.Message, fenced.InnerException!.Message));
        var denied = new AccessDeniedException(StatusCode.PermissionDenied, "denied", new IOException("why"));
        Assert.Equal((StatusCode.PermissionDenied, "denied", "why"), (denied.Status, denied.Message, denied.InnerException!.Message));
        var forgotten = new ProducerForgottenException(StatusCode.OutOfRange, "forgotten");
        Assert.Equal((StatusCode.OutOfRange, "forgotten", null), (forgotten.Status, forgotten.Message, forgotten.InnerException));

        ItemFailure[] failures = [new ItemFailure(3, fenced), new ItemFailure(5, forgotten)];
        var several = new UnacknowledgedItemsException("faces", 7, failures);
        Assert.Equal((7, StatusCode.Aborted), (several.Count, several.Status));
        Assert.Same(failures, several.Failures);
        Assert.Same(fenced, several.InnerException);
        Assert.Equal("7 items sent to faces are not acknowledged; item 3: fenced (Failures lists 2.)", several.Message);
        Assert.Same(forgotten, new UnacknowledgedItemsException("faces", 7, failures, forgotten).InnerException);
        var unlisted = new UnacknowledgedItemsException("faces", 2, []);
        Assert.Equal((StatusCode.Unknown, null), (unlisted.Status, unlisted.InnerException));
        Assert.Equal("2 items sent to faces are not acknowledged.", unlisted.Message);
        Assert.True(UnacknowledgedItemsException.MaxFailures >= failures.Length);

        var changed = new ConnectionChangedEventArgs(ConnectionState.Waiting, fenced);
        Assert.Equal((ConnectionState.Waiting, fenced), (changed.State, changed.Reason));
    }

    [Fact]
    public void Exceptions_OfFailedCalls_CanBeMadeByAnApplication()
    {
        var cause = new IOException("why");
        CodecException[] failures =
        [
            new NotFoundException("m", cause),
            new InvalidRequestException(StatusCode.InvalidArgument, "m", cause),
            new SequenceException(3, 9, "m", cause),
            new ConflictException(StatusCode.Aborted, 5, "m", cause),
            new UnavailableException(StatusCode.Unavailable, "m", cause) { RetryAfter = TimeSpan.FromSeconds(2) },
            new CorruptDataException("m", cause) { Sequence = 4, NextSequence = 6 },
            new UnsupportedModelException("m", cause),
            new ServerException(StatusCode.Internal, "m", cause),
        ];
        Assert.All(failures, failure => Assert.Equal(("m", cause), (failure.Message, failure.InnerException)));
        Assert.Equal(
            [
                StatusCode.NotFound,
                StatusCode.InvalidArgument,
                StatusCode.OutOfRange,
                StatusCode.Aborted,
                StatusCode.Unavailable,
                StatusCode.DataLoss,
                StatusCode.Unimplemented,
                StatusCode.Internal,
            ],
            failures.Select(failure => failure.Status)
        );
        Assert.Equal((3, 9), (((SequenceException)failures[2]).FirstSequence, ((SequenceException)failures[2]).NextSequence));
        Assert.Equal(5, ((ConflictException)failures[3]).CurrentRevision);
        Assert.Equal(TimeSpan.FromSeconds(2), ((UnavailableException)failures[4]).RetryAfter);
        Assert.Equal((4, 6), (((CorruptDataException)failures[5]).Sequence, ((CorruptDataException)failures[5]).NextSequence));
    }

    [Fact]
    public async Task Sent_MadeByAnApplication_HasItsAnswer()
    {
        var sent = new Sent(3, Task.FromResult(new Acknowledgement(7, 1)));
        Assert.Equal((3, new Acknowledgement(7, 1)), (sent.Index, await sent.Acknowledged));
    }

    [Fact]
    public void Results_MadeByAnApplication_ReportWhetherTheySucceeded()
    {
        var error = new ProducerFencedException("fenced");
        Assert.True(new PublishResult(0, new Acknowledgement(5, 2), null).IsStored);
        Assert.False(new PublishResult(1, null, error).IsStored);
        Assert.Equal(new PublishResult(1, null, error), new PublishResult(1, null, error));
        Assert.True(new EncodeResult(0, new EncodedImage(Version, 1, new byte[] { 1 }), null).IsEncoded);
        Assert.False(new EncodeResult(1, null, error).IsEncoded);
        Assert.Equal((5, 2), (new Acknowledgement(5, 2).FirstSequence, new Acknowledgement(5, 2).Count));
        Assert.Equal(new SkippedCodes(1, 2, "damaged"), new SkippedCodes(1, 2, "damaged"));

        ImageSource image = Clients.Source(1);
        var outgoing = new OutgoingImage(image);
        Assert.Same(image, outgoing.Image);
        Assert.Null(outgoing.Info);
        Assert.Equal("yard", new OutgoingImage(image, new CodeInfo { Key = "yard" }).Info!.Key);
    }

    [Fact]
    public void Images_MadeByAnApplication_KeepTheirArguments()
    {
        var decoded = new DecodedImage(9, "m", Version, 2, 4, 3, 1, new byte[12]);
        Assert.Equal((9, "m", Version, 2), (decoded.Sequence, decoded.Model, decoded.Version, decoded.Quality));
        Assert.Equal((4, 3, 1, 12), (decoded.Width, decoded.Height, decoded.Channels, decoded.Pixels.Length));
        Assert.Equal((CodeInfo.None, null), (decoded.Info, decoded.Key));
        Assert.Equal("yard", new DecodedImage(9, "m", Version, 2, 4, 3, 1, new byte[12]) { Info = new CodeInfo { Key = "yard" } }.Key);

        CodecModel model = CodecModel.Load(Sender.Package);
        ReadOnlyMemory<byte> code = Sender.Code(1);
        byte[] bytes = CodeFrame.Write(1, [code]);
        var frame = new ReceivedFrame([4], model, 1, [code], FrameInfo.None, bytes);
        Assert.Equal([4], frame.Sequences);
        Assert.Equal((1, model), (frame.Quality, frame.Model));
        Assert.Equal(Sender.Pixels(1), frame.Model.Decode(Assert.Single(frame.Codes).Span, frame.Quality).Samples);
        Assert.Equal((bytes.Length, true), (frame.Frame.Length, frame.Info.IsEmpty));
    }

    [Fact]
    public void ModelEvents_MadeByAnApplication_AreEqualIfTheirValuesAre()
    {
        var alias = new AliasInfo("m", "live", Version, 3, "trainer", Time);
        var version = new VersionInfo("m", Version, "trainer", Time, 99);
        Assert.Equal(("m", "live", Version, 3), (alias.Model, alias.Name, alias.Version, alias.Revision));
        Assert.Equal(("trainer", Time), (alias.MovedBy, alias.MovedAt));
        Assert.Equal(("m", Version, 99), (version.Model, version.Digest, version.Size));
        Assert.Equal(("trainer", Time), (version.Publisher, version.PublishedAt));
        ModelEvent[] events = [new AliasMoved(alias), new VersionPublished(version), new VersionDeleted(version), new WatchRestored()];
        AliasInfo sameAlias = alias with { };
        VersionInfo sameVersion = version with { };
        ModelEvent[] same =
        [
            new AliasMoved(sameAlias),
            new VersionPublished(sameVersion),
            new VersionDeleted(sameVersion),
            new WatchRestored(),
        ];
        Assert.Equal(events, same);
        Assert.Equal(4, events.Distinct().Count());
        Assert.NotEqual(events[0], new AliasMoved(alias with { Version = null }));
        Assert.NotEqual(events[0], new AliasMoved(alias with { RestoredRevision = 1 }));
        Assert.Same(alias, Assert.Single(new ModelInfo("m", 1, [alias]).Aliases));
        Assert.Equal((Version, 95), new AliasTarget(Version, 95) is var target ? (target.Version, target.Weight) : default);
        Assert.Equal((5, 9), (new UploadProgress(5, 9).Sent, new UploadProgress(5, 9).Total));
    }
}
