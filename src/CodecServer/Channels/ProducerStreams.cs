using Codec.Server.Coding;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Stores;
using Codec.Server.Telemetry;

namespace Codec.Server.Channels;

/// <summary>Creates the streams of producers.</summary>
internal sealed class ProducerStreams(
    IChannelLog log,
    ModelHost models,
    ImageEncoder encoder,
    FrameDecoder decoder,
    ServerLimits limits,
    ServerMeter meter
)
{
    /// <summary>Creates a stream that is not yet opened; owned by the caller.</summary>
    /// <param name="payer">For whom the items are encoded and checked.</param>
    /// <param name="owner">The identity that owns the named producer of the stream; null if the caller proved no name.</param>
    /// <param name="writeRefusal">Serializes refusals of items.</param>
    public ProducerStream Create(Payer payer, string? owner, RefusalWriter writeRefusal) =>
        new(log, models, encoder, decoder, meter, payer, owner, limits.PublishWindow, writeRefusal);
}
