using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>Encoding and decoding on the server: section <c>Codec:Coding</c>.</summary>
internal sealed class CodingOptions
{
    /// <summary>
    /// Images that may wait for the encoder or be in it. Further unary calls are refused with a retry delay; streams wait. Their memory is
    /// bounded by <see cref="MaxPixelsInWork"/>.
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

    /// <summary>Frames that may wait to be decoded or checked, or be in work.</summary>
    [Description("Frames that may wait to be decoded")]
    [Range(1, 4096)]
    public int DecodeQueueLength { get; set; } = 128;

    /// <summary>
    /// Pixels in work at the same time, in images to be encoded and in decoded ones. A larger image is admitted alone. Further unary calls
    /// are refused with a retry delay; streams wait. A pixel in work takes up to 16 bytes.
    /// </summary>
    [Description("Pixels in work at the same time, at up to 16 bytes each")]
    [Range(1 << 20, 1 << 30)]
    public int MaxPixelsInWork { get; set; } = 1 << 26;

    /// <summary>Messages that a stream is read ahead of its answers.</summary>
    [Description("Messages that a stream is read ahead of its answers")]
    [Range(1, 1024)]
    public int StreamWindow { get; set; } = 64;

    /// <summary>
    /// Bytes of messages that any stream is read ahead of its answers. A larger message is admitted alone.
    /// </summary>
    [Description("Bytes of messages that a stream is read ahead of its answers")]
    [Range(1 << 16, 256 << 20)]
    public int StreamWindowBytes { get; set; } = 8 << 20;

    /// <summary>Most bytes of an image file: a 24-megapixel camera's best JPEG is about 12 MB.</summary>
    [Description("Most bytes of an image file")]
    [Range(1024, 120 << 20)]
    public int MaxImageFileBytes { get; set; } = 20 << 20;

    /// <summary>Most pixels of an image that is encoded here, or whose code is stored or decoded here.</summary>
    [Description("Most pixels of an image")]
    [Range(1, 1 << 28)]
    public int MaxImagePixels { get; set; } = 1 << 25;

    /// <summary>
    /// Most bytes of pixels in one answer to Decode; the default stays below gRPC's default limit of 4 MiB for a message.
    /// </summary>
    [Description("Most bytes of pixels in one answer to Decode")]
    [Range(1 << 16, 256 << 20)]
    public int MaxDecodedBytes { get; set; } = (4 << 20) - (1 << 16);
}
