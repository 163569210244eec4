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
    /// Most producers that a channel remembers; beyond it, the one unused for the longest time is forgotten, transient ones first.
    /// </summary>
    [Description("Most producers that a channel remembers; beyond it, the one unused for the longest time is forgotten")]
    [Range(1, 1_000_000)]
    public int MaxProducers { get; set; } = 10_000;

    /// <summary>How long a producer is remembered after its last item, in hours. What it sends twice after that is stored twice.</summary>
    [Description("Hours that a producer is remembered after its last item")]
    [Range(1, 24 * 365)]
    public int ProducerHours { get; set; } = 24 * 7;

    /// <summary>
    /// How long a producer without a name of its own is remembered after its stream broke off, in minutes; it can restore the stream until
    /// then.
    /// </summary>
    [Description("Minutes that a producer without a name of its own is remembered after its stream broke off")]
    [Range(1, 24 * 60)]
    public int TransientProducerMinutes { get; set; } = 15;

    /// <summary>Most named consumers of a channel.</summary>
    [Description("Most named consumers of a channel")]
    [Range(1, 100_000)]
    public int MaxConsumers { get; set; } = 1000;

    /// <summary>
    /// How often codes past their age are dropped, producers forgotten and free pages given back to the disk, in seconds.
    /// </summary>
    [Description("Seconds between sweeps, which drop codes past their age and give space back to the disk")]
    [Range(1, 3600)]
    public int SweepSeconds { get; set; } = 30;

    /// <summary>Most codes in a frame to a subscriber that leaves it to the server.</summary>
    [Description("Most codes in a subscriber's frame, where it does not ask for another number")]
    [Range(1, ModelLimits.MaxCodesPerFrame)]
    public int CodesPerFrame { get; set; } = 256;

    /// <summary>
    /// Most bytes of a subscriber's frame; a single larger code still travels. Frames stay below the large-object heap's 85,000 bytes.
    /// </summary>
    [Description("Most bytes of a subscriber's frame")]
    [Range(1024, ModelLimits.MaxCodeBytes)]
    public int FrameBytes { get; set; } = 64 << 10;

    /// <summary>Images or frames of one publishing stream that are not yet acknowledged; the server stops reading beyond it.</summary>
    [Description("Unacknowledged images or frames of one publishing stream")]
    [Range(1, 1024)]
    public int PublishWindow { get; set; } = 64;
}
