using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>Encoding and decoding on the server: section <c>Codec:Coding</c>.</summary>
internal sealed class CodingOptions
{
    /// <summary>
    /// Images that may be in the encoder, waiting or being encoded. Beyond it unary calls are told to try again and streams wait.
    /// Together they hold at most this many images of the largest model (3 MiB each).
    /// </summary>
    [Description("Images that may wait for the encoder or be in it")]
    [Range(1, 4096)]
    public int QueueLength { get; set; } = 128;

    /// <summary>Most images encoded in one run of the graph.</summary>
    [Description("Most images in one batch")]
    [Range(1, 1024)]
    public int MaxBatch { get; set; } = 32;

    /// <summary>Batches encoded, and frames decoded or checked, at the same time.</summary>
    [Description("Batches encoded, and frames decoded, at the same time")]
    [Range(1, 256)]
    public int Workers { get; set; } = Environment.ProcessorCount;

    /// <summary>Frames that may wait to be decoded or checked.</summary>
    [Description("Frames that may wait to be decoded")]
    [Range(1, 4096)]
    public int DecodeQueueLength { get; set; } = 128;

    /// <summary>How many messages a stream is read ahead of its answers.</summary>
    [Description("Messages that a stream is read ahead of its answers")]
    [Range(1, 1024)]
    public int StreamWindow { get; set; } = 64;

    /// <summary>Most bytes of an image file.</summary>
    [Description("Most bytes of an image file")]
    [Range(1024, 64 << 20)]
    public int MaxImageFileBytes { get; set; } = 4 << 20;

    /// <summary>Most pixels of an image file.</summary>
    [Description("Most pixels of an image file")]
    [Range(1, 1 << 28)]
    public int MaxImagePixels { get; set; } = 1 << 25;

    /// <summary>Most bytes of pixels that one decoding call answers with; below gRPC's default limit of 4 MiB a message.</summary>
    [Description("Most bytes of pixels in one answer to Decode")]
    [Range(1 << 16, 64 << 20)]
    public int MaxDecodedBytes { get; set; } = (4 << 20) - (1 << 16);
}
