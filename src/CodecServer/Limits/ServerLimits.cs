using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Limits;

/// <summary>
/// Every bound on concurrent work and on memory that all calls of this process share, and the windows of its streams. Each is set by one
/// option.
/// </summary>
internal sealed class ServerLimits(
    IOptions<CodingOptions> coding,
    IOptions<ChannelOptions> channels,
    IOptions<StoreOptions> store,
    IOptions<LimitOptions> limits,
    TimeProvider time
) : IDisposable
{
    /// <summary>Images that wait for the encoder or are being encoded.</summary>
    public FairBudget EncoderQueue { get; } = Queue("The encoder's queue", coding.Value.QueueLength, time);

    /// <summary>
    /// The part of the encoder's queue that streams may fill; the rest is for unary calls, which wait for a place only shortly.
    /// </summary>
    public FairBudget StreamsInEncoderQueue { get; } =
        Queue("The streams' part of the encoder's queue", Part(coding.Value.QueueLength, 75), time);

    /// <summary>Frames that wait to be decoded or checked, or are being decoded or checked.</summary>
    public FairBudget DecoderQueue { get; } = Queue("The decoder's queue", coding.Value.DecodeQueueLength, time);

    /// <summary>The part of the decoder's queue that streams may fill.</summary>
    public FairBudget StreamsInDecoderQueue { get; } =
        Queue("The streams' part of the decoder's queue", Part(coding.Value.DecodeQueueLength, 75), time);

    private readonly WorkThreads _decoding = new("Decoder", coding.Value.Workers, time);
    private readonly WorkThreads _smallDecoding = new("Small decoder", coding.Value.Workers, time);

    /// <summary>Memory of the images that are being processed.</summary>
    public ImageMemory Images { get; } = new(coding.Value.ImageBytes, Patience(limits.Value), time);

    /// <summary>Bytes of requests above <see cref="SmallMessageBytes"/>, and of answers until they are written.</summary>
    public FairBudget Messages { get; } = new("The room for requests", Shares(limits.Value, limits.Value.BytesInFlight), time);

    /// <summary>Bytes of small requests.</summary>
    public FairBudget SmallMessages { get; } =
        new("The room for small requests", Shares(limits.Value, limits.Value.BytesInFlight / 4), time);

    /// <summary>Bytes of large codes on their way to subscribers.</summary>
    public FairBudget SubscriberFrames { get; } = new("The room for subscribers", Shares(limits.Value, limits.Value.SubscriberBytes), time);

    /// <summary>Calls that have begun and not ended, by address.</summary>
    public CallPlaces Calls { get; } = new(limits.Value, ProcessMemory.OfThisProcess(time), time);

    /// <summary>
    /// Pages of the log that are read before their bytes are known; a code that finds no room is read again when there is some.
    /// </summary>
    public AdmissionGate SubscriberReads { get; } = new("The reading of the log", MaxSubscriberReads);

    /// <summary>Blobs that are being uploaded.</summary>
    public AdmissionGate Uploads { get; } = new("The set of uploads", store.Value.MaxUploads);

    /// <summary>How long a unary call waits for room, or for a place in a queue.</summary>
    public TimeSpan UnaryPatience { get; } = Patience(limits.Value);

    /// <summary>How long work waits for a place or room: that of a stream for ever, that of a unary call shortly.</summary>
    public TimeSpan Patience(bool isStream) => isStream ? Timeout.InfiniteTimeSpan : UnaryPatience;

    /// <summary>How long a stream's message waits for room.</summary>
    public TimeSpan StreamPatience { get; } = TimeSpan.FromSeconds(limits.Value.StreamWaitSeconds);

    /// <summary>Within which time a caller must take an answer that holds room.</summary>
    public TimeSpan AnswerTime { get; } = TimeSpan.FromSeconds(limits.Value.AnswerSeconds);

    /// <summary>Blobs that one caller is uploading.</summary>
    public CallerShares UploadShares { get; } = new("The caller's share of uploads", store.Value.MaxUploadsPerCaller);

    /// <summary>How far one encoding or decoding stream is read ahead of its answers.</summary>
    public PipelineWindow CodingWindow { get; } = new(coding.Value.StreamWindow, coding.Value.StreamWindowBytes);

    /// <summary>How far one producer's stream is read ahead of its answers.</summary>
    public PipelineWindow PublishWindow { get; } = new(channels.Value.PublishWindow, coding.Value.StreamWindowBytes);

    /// <summary>At 10 MB, the largest code, 80 MB for the moment of reading.</summary>
    private const int MaxSubscriberReads = 8;

    /// <summary>
    /// Bytes of answers that a call may leave in the connection's buffers without waiting until its caller takes them: a frame of HTTP/2.
    /// </summary>
    public const int UntakenBytes = 16 << 10;

    /// <summary>Most bytes of a call's metadata, names and values together.</summary>
    public const int MetadataBytes = 32 << 10;

    /// <summary>Most bytes of a message that counts as small.</summary>
    public const int SmallMessageBytes = 64 << 10;

    /// <summary>Most pixels of an image, such as a face or a thumbnail, that is processed by the threads for small ones.</summary>
    public const int SmallPixels = 1 << 16;

    /// <summary>Takes room for a message.</summary>
    /// <exception cref="RequestException">ResourceExhausted, with a retry delay: it did not become free in time.</exception>
    public ValueTask<FairBudget.Reservation> TakeMessageAsync(
        Payer payer,
        long bytes,
        TimeSpan wait,
        CancellationToken cancellationToken
    ) => (bytes <= SmallMessageBytes ? SmallMessages : Messages).TakeAsync(payer, bytes, wait, cancellationToken);

    /// <summary>
    /// The threads that decode and check frames, and decode image files; small work has threads of its own, so that large work does not
    /// delay it.
    /// </summary>
    /// <param name="pixels">Pixels of the work.</param>
    public WorkThreads Decoding(long pixels) => pixels <= SmallPixels ? _smallDecoding : _decoding;

    /// <inheritdoc/>
    public void Dispose()
    {
        _decoding.Dispose();
        _smallDecoding.Dispose();
        SubscriberReads.Dispose();
        Uploads.Dispose();
    }

    /// <summary>A queue of whose places any caller may take all; one that becomes free goes to the caller that has fewest.</summary>
    private static FairBudget Queue(string what, long places, TimeProvider time) =>
        new(what, new BudgetShares(places, places, places), time);

    private static TimeSpan Patience(LimitOptions options) => TimeSpan.FromSeconds(options.WaitSeconds);

    private static BudgetShares Shares(LimitOptions options, long total) =>
        new(total, Part(total, Math.Max(options.CallerPercent, options.ConnectionPercent)), Part(total, options.ConnectionPercent));

    private static long Part(long total, int percent) => Math.Max(1, total * percent / 100);
}
