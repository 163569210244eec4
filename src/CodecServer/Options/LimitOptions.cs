using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>What peers can make the server hold: section <c>Codec:Limits</c>. The defaults fit a container of 1 GiB.</summary>
[Description("What peers can make the server hold. The defaults fit a container of 1 GiB")]
internal sealed class LimitOptions
{
    /// <summary>
    /// Bytes of requests above 64 KiB, from their prefix to the end of the work on them, and of answers until they are written. Requests of
    /// up to 64 KiB have a budget of a quarter of this for themselves, so that large ones do not delay them. A request takes up to twice
    /// its bytes while it is parsed. What does not fit waits.
    /// </summary>
    [Description("Bytes of requests and answers in memory at the same time; requests of up to 64 KiB have a quarter of it for themselves")]
    [Range(1L << 20, 1L << 36)]
    public long BytesInFlight { get; set; } = 64L << 20;

    /// <summary>The part of <see cref="BytesInFlight"/> that one caller may hold: its connections together.</summary>
    [Description("Percent of the bytes in flight that one caller may hold, and of the bytes in buffers that one address may")]
    [Range(1, 100)]
    public int CallerPercent { get; set; } = 75;

    /// <summary>
    /// The part of <see cref="BytesInFlight"/> that one connection may hold. A larger message is admitted alone.
    /// </summary>
    [Description("Percent of the bytes in flight that one connection may hold")]
    [Range(1, 100)]
    public int ConnectionPercent { get; set; } = 50;

    /// <summary>
    /// Seconds that the request of a unary call waits for room, for a place in a queue, or for a model's place before it is refused with
    /// RESOURCE_EXHAUSTED.
    /// </summary>
    [Description("Seconds that a unary request waits for room or for a place in a queue before it is refused")]
    [Range(0, 600)]
    public int WaitSeconds { get; set; } = 5;

    /// <summary>
    /// Seconds that a message of a stream waits for room before the stream ends with RESOURCE_EXHAUSTED: what it holds on the way takes the
    /// connection's window from the others.
    /// </summary>
    [Description("Seconds that a message of a stream waits for room before the stream is ended")]
    [Range(1, 3600)]
    public int StreamWaitSeconds { get; set; } = 60;

    /// <summary>Seconds that a message may take to arrive, before <see cref="MessageBytesPerSecond"/> counts.</summary>
    [Description("Seconds that a message may take to arrive, in addition to its bytes at the lowest rate")]
    [Range(1, 3600)]
    public int MessageGraceSeconds { get; set; } = 10;

    /// <summary>
    /// The lowest mean rate at which a message that has begun must arrive. A slower one ends its call, not the connection. A stream may be
    /// silent between messages for any time.
    /// </summary>
    [Description("Lowest bytes per second at which a message must arrive; a slower one ends its call")]
    [Range(1, 1 << 30)]
    public int MessageBytesPerSecond { get; set; } = 4096;

    /// <summary>
    /// Seconds within which a caller must read an answer for which the 16 KiB that its call may leave unread have no room. A call whose
    /// caller does not is ended. Small frames to subscribers hold nothing else and may be read at any pace.
    /// </summary>
    [Description(
        "Seconds within which a caller must read an answer, or a subscriber a large frame, before its call is ended; up to 16 KiB may wait"
    )]
    [Range(1, 3600)]
    public int AnswerSeconds { get; set; } = 30;

    /// <summary>Bytes of codes that subscribers' frames above FrameBytes may hold at the same time.</summary>
    [Description("Bytes of large codes that are on their way to subscribers at the same time")]
    [Range(1L << 20, 1L << 36)]
    public long SubscriberBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Maximum number of calls at the same time on one connection, which HTTP/2 announces: clients queue further ones (grpc-js without a
    /// sign), or open another connection (grpc-dotnet with EnableMultipleHttp2Connections).
    /// </summary>
    [Description("Maximum number of calls at the same time on one connection; a client queues further ones or opens another connection")]
    [Range(1, 10_000)]
    public int MaxStreamsPerConnection { get; set; } = 100;

    /// <summary>
    /// Maximum number of calls at the same time; a further one is refused with RESOURCE_EXHAUSTED. A call that waits, such as a
    /// subscription, takes 45 to 80 KB, and as much again for a frame that its caller does not read; <see cref="Limits.CallPlaces"/> gives
    /// fewer places while memory fills.
    /// </summary>
    [Description("Maximum number of calls at the same time; a further one is refused. Fewer while memory is short")]
    [Range(1, 1_000_000)]
    public int MaxCalls { get; set; } = 4096;

    /// <summary>
    /// Bytes in the buffers of all connections: what has arrived and no call has read, and answers that are not sent yet. An address may
    /// hold <see cref="CallerPercent"/> of it. Above that, the connection that holds most is closed. As much as answers may hold in
    /// <see cref="BytesInFlight"/> and <see cref="SubscriberBytes"/>, so that only unread requests come on top.
    /// </summary>
    [Description("Bytes that connections may hold unread or unsent in their buffers; above it, the connection that holds most is closed")]
    [Range(1L << 20, 1L << 36)]
    public long BufferBytes { get; set; } = 128L << 20;

    /// <summary>
    /// Maximum number of connections to one endpoint at the same time; a further one is closed at once.
    /// </summary>
    [Description("Maximum number of connections to one endpoint at the same time; a further one is closed at once")]
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 2048;

    /// <summary>
    /// The part of <see cref="MaxConnections"/> and of <see cref="MaxCalls"/> that one address may have; an IPv6 network of 64 bits counts
    /// as one. Raise it where all clients come through one proxy.
    /// </summary>
    [Description("Percent of connections and calls that one address may have; raise it where all clients come through one proxy")]
    [Range(1, 100)]
    public int AddressPercent { get; set; } = 25;

    /// <summary>
    /// Seconds within which the first call must begin on a connection; one without is closed, so that silent ones do not keep others out. A
    /// client that has connected early opens another connection for its call.
    /// </summary>
    [Description("Seconds within which the first call must begin on a connection before it is closed")]
    [Range(1, 3600)]
    public int FirstCallSeconds { get; set; } = 20;
}
