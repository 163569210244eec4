using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Limits;

/// <summary>
/// Every bound on concurrent work and on memory that all calls of this process share, and the windows of its streams. Each is set by one
/// option.
/// </summary>
internal sealed class ServerLimits(IOptions<CodingOptions> coding, IOptions<ChannelOptions> channels, IOptions<StoreOptions> store)
    : IDisposable
{
    /// <summary>Images that wait for the encoder or are being encoded.</summary>
    public AdmissionGate EncoderQueue { get; } = new("The encoder's queue", coding.Value.QueueLength);

    /// <summary>Frames that wait to be decoded or checked, or are being decoded or checked.</summary>
    public AdmissionGate DecoderQueue { get; } = new("The decoder's queue", coding.Value.DecodeQueueLength);

    /// <summary>Frames that are being decoded or checked.</summary>
    public AdmissionGate DecoderWorkers { get; } = new("The decoder", coding.Value.Workers);

    /// <summary>Pixels of the images that are being processed.</summary>
    public PixelMemory Pixels { get; } = new(coding.Value.MaxPixelsInWork);

    /// <summary>Blobs that are being uploaded.</summary>
    public AdmissionGate Uploads { get; } = new("The set of uploads", store.Value.MaxUploads);

    /// <summary>Blobs that one caller is uploading.</summary>
    public CallerShares UploadShares { get; } = new("The caller's share of uploads", store.Value.MaxUploadsPerCaller);

    /// <summary>How far one encoding or decoding stream is read ahead of its answers.</summary>
    public PipelineWindow CodingWindow { get; } = new(coding.Value.StreamWindow, coding.Value.StreamWindowBytes);

    /// <summary>How far one producer's stream is read ahead of its answers.</summary>
    public PipelineWindow PublishWindow { get; } = new(channels.Value.PublishWindow, coding.Value.StreamWindowBytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        EncoderQueue.Dispose();
        DecoderQueue.Dispose();
        DecoderWorkers.Dispose();
        Pixels.Dispose();
        Uploads.Dispose();
    }
}
