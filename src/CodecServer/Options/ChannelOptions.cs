using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Codec.Models;

namespace Codec.Server.Options;

/// <summary>Channels: section <c>Codec:Channels</c>.</summary>
internal sealed class ChannelOptions
{
    /// <summary>Most channels.</summary>
    [Description("Most channels")]
    [Range(1, 10_000)]
    public int MaxChannels { get; set; } = 10_000;

    /// <summary>
    /// Most producers that a channel remembers. A further one makes it forget the least recently used one, transient ones first.
    /// </summary>
    [Description("Most producers that a channel remembers; a further one makes it forget the least recently used one")]
    [Range(1, 1_000_000)]
    public int MaxProducers { get; set; } = 10_000;

    /// <summary>Hours that a producer is remembered after its last item. An item that it sends again after that is stored again.</summary>
    [Description("Hours that a producer is remembered after its last item")]
    [Range(1, 24 * 365)]
    public int ProducerHours { get; set; } = 24 * 7;

    /// <summary>
    /// Minutes that a transient producer, one without a name of its own, is remembered after its stream broke; until then it can restore
    /// the stream.
    /// </summary>
    [Description("Minutes that a producer without a name of its own is remembered after its stream broke")]
    [Range(1, 24 * 60)]
    public int TransientProducerMinutes { get; set; } = 15;

    /// <summary>Most named consumers of a channel.</summary>
    [Description("Most named consumers of a channel")]
    [Range(1, 100_000)]
    public int MaxConsumers { get; set; } = 1000;

    /// <summary>
    /// Seconds between sweeps, which drop outlived codes, forget producers and return free space to the disk.
    /// </summary>
    [Description("Seconds between sweeps, which drop outlived codes and return free space to the disk")]
    [Range(1, 3600)]
    public int SweepSeconds { get; set; } = 30;

    /// <summary>Most codes in a frame to a subscriber that does not ask for another number.</summary>
    [Description("Most codes in a frame to a subscriber that does not ask for another number")]
    [Range(1, ModelLimits.MaxCodesPerFrame)]
    public int CodesPerFrame { get; set; } = 256;

    /// <summary>
    /// Most bytes of a frame to a subscriber; a larger code has a frame of its own. The default stays below the large-object heap's 85,000
    /// bytes.
    /// </summary>
    [Description("Most bytes of a frame to a subscriber")]
    [Range(1024, ModelLimits.MaxCodeBytes)]
    public int FrameBytes { get; set; } = 64 << 10;

    /// <summary>Unacknowledged images or frames of one publishing stream after which the server stops reading.</summary>
    [Description("Unacknowledged images or frames of one publishing stream after which the server stops reading it")]
    [Range(1, 1024)]
    public int PublishWindow { get; set; } = 64;
}
