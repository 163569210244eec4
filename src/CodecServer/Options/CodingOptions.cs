using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>Encoding and decoding on the server: section <c>Codec:Coding</c>.</summary>
[Description("Encoding and decoding on the server")]
internal sealed class CodingOptions
{
    /// <summary>
    /// Maximum number of images in the encoder, waiting or being encoded. Further ones wait; unary calls only shortly
    /// (<see cref="LimitOptions.WaitSeconds"/>), and are then refused with a retry delay.
    /// Their memory is bounded by <see cref="ImageBytes"/>.
    /// </summary>
    [Description("Maximum number of images in the encoder, waiting or being encoded")]
    [Range(1, 4096)]
    public int QueueLength { get; set; } = 128;

    /// <summary>
    /// Maximum number of images encoded in one run of the graph, and of images in one message. Each of them waits for all, and beyond 8 an
    /// image costs no less.
    /// </summary>
    [Description("Maximum number of images in one batch, and in one message")]
    [Range(1, 1024)]
    public int MaxBatch { get; set; } = 16;

    /// <summary>
    /// The largest effort that a caller may ask for: an encoding takes about 1 + 3.5 × effort times as long, and its turn and place in the
    /// queue count as those of any other.
    /// </summary>
    [Description("Largest effort of an encoding that callers may ask for; it takes about 1 + 3.5 × effort times as long")]
    [Range(0, CodecModel.MaxEffort)]
    public int MaxEffort { get; set; } = 2;

    /// <summary>Maximum number of batches encoded, and of frames decoded or checked, at the same time.</summary>
    [Description("Maximum number of batches encoded, and of frames decoded, at the same time")]
    [Range(1, 256)]
    [DefaultText("the number of processors")]
    public int Workers { get; set; } = Environment.ProcessorCount;

    /// <summary>Maximum number of frames in the decoder, waiting or being decoded or checked.</summary>
    [Description("Maximum number of frames in the decoder, waiting or being decoded")]
    [Range(1, 4096)]
    public int DecodeQueueLength { get; set; } = 128;

    /// <summary>
    /// Maximum number of bytes that images in work take at the same time, those to be encoded and decoded ones. What reading a file takes
    /// at most is known from its header: 6 bytes a pixel, more for interlaced PNG, progressive JPEG and WebP files. A file that takes more
    /// than all of it is refused. Images that take up to 512 KiB have a quarter of it in addition. Further unary calls wait shortly and
    /// are then refused; streams wait.
    /// </summary>
    [Description("Maximum number of bytes that images in work take at the same time; a file that takes more is refused")]
    [Range(16L << 20, 1L << 36)]
    public long ImageBytes { get; set; } = 256L << 20;

    /// <summary>Maximum number of messages of one stream that are read ahead of their answers.</summary>
    [Description("Maximum number of messages of one stream that are read ahead of their answers")]
    [Range(1, 1024)]
    public int StreamWindow { get; set; } = 64;

    /// <summary>
    /// Maximum number of bytes of messages of one stream, of any kind, that are read ahead of their answers. A larger message is admitted
    /// alone.
    /// </summary>
    [Description("Maximum number of bytes of messages of one stream that are read ahead of their answers")]
    [Range(1 << 16, 256 << 20)]
    public int StreamWindowBytes { get; set; } = 8 << 20;

    /// <summary>Maximum number of bytes of an image file: a 24-megapixel camera's best JPEG is about 12 MB.</summary>
    [Description("Maximum number of bytes of an image file")]
    [Range(1024, 120 << 20)]
    public int MaxImageFileBytes { get; set; } = 20 << 20;

    /// <summary>Maximum number of pixels of an image that is encoded here, or whose code is stored or decoded here.</summary>
    [Description("Maximum number of pixels of an image")]
    [Range(1, 1 << 28)]
    public int MaxImagePixels { get; set; } = 1 << 25;

    /// <summary>
    /// Maximum number of seconds that an image file may take to be read. JPEG and PNG files are checked while they are read; a WebP file is
    /// bounded by bytes and pixels alone.
    /// </summary>
    [Description("Maximum number of seconds that reading an image file may take")]
    [Range(1, 600)]
    public int MaxImageFileSeconds { get; set; } = 10;

    /// <summary>
    /// Maximum number of bytes of pixels in one answer to Decode; the default stays below gRPC's default limit of 4 MiB for a message.
    /// </summary>
    [Description("Maximum number of bytes of pixels in one answer to Decode")]
    [Range(1 << 16, 256 << 20)]
    public int MaxDecodedBytes { get; set; } = (4 << 20) - (1 << 16);
}
