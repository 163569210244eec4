using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Codec.Models;

namespace Codec.Server.Options;

/// <summary>Channels: section <c>Codec:Channels</c>.</summary>
[Description("Channels")]
internal sealed class ChannelOptions
{
    /// <summary>Maximum number of channels.</summary>
    [Description("Maximum number of channels")]
    [Range(1, 10_000)]
    public int MaxChannels { get; set; } = 10_000;

    /// <summary>
    /// Maximum number of producers that a channel remembers. A further producer makes it forget the least recently used one, transient ones
    /// first.
    /// </summary>
    [Description("Maximum number of producers that a channel remembers; a further producer makes it forget the least recently used one")]
    [Range(1, 1_000_000)]
    public int MaxProducers { get; set; } = 10_000;

    /// <summary>Hours that a producer is remembered after its last item. An item that it sends again later is stored again.</summary>
    [Description("Hours that a producer is remembered after its last item")]
    [Range(1, 24 * 365)]
    public int ProducerHours { get; set; } = 24 * 7;

    /// <summary>
    /// Minutes that a transient producer, whose name was generated for one stream, is remembered after its stream was interrupted; until
    /// then it can restore the stream.
    /// </summary>
    [Description("Minutes that a producer with a generated name is remembered after its stream was interrupted")]
    [Range(1, 24 * 60)]
    public int TransientProducerMinutes { get; set; } = 15;

    /// <summary>Maximum number of named consumers of a channel.</summary>
    [Description("Maximum number of named consumers of a channel")]
    [Range(1, 100_000)]
    public int MaxConsumers { get; set; } = 1000;

    /// <summary>
    /// Seconds between sweeps, which drop codes that retention no longer keeps, forget producers and return free space to the disk.
    /// </summary>
    [Description("Seconds between sweeps, which drop codes that retention no longer keeps and return free space to the disk")]
    [Range(1, 3600)]
    public int SweepSeconds { get; set; } = 30;

    /// <summary>Maximum number of codes in a frame to a subscriber that does not request another number.</summary>
    [Description("Maximum number of codes in a frame to a subscriber that does not request another number")]
    [Range(1, ModelLimits.MaxCodesPerFrame)]
    public int CodesPerFrame { get; set; } = 256;

    /// <summary>
    /// Maximum number of bytes of a frame to a subscriber; a larger code has a frame of its own. The default stays below the large-object
    /// heap's threshold of 85,000 bytes.
    /// </summary>
    [Description("Maximum number of bytes of a frame to a subscriber")]
    [Range(1024, ModelLimits.MaxCodeBytes)]
    public int FrameBytes { get; set; } = 64 << 10;

    /// <summary>Number of unacknowledged images or frames of one publishing stream at which the server stops reading it.</summary>
    [Description("Number of unacknowledged images or frames of one publishing stream at which the server stops reading it")]
    [Range(1, 1024)]
    public int PublishWindow { get; set; } = 64;
}
