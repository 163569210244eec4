using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>Channels: section <c>Codec:Channels</c>.</summary>
internal sealed class ChannelOptions
{
    /// <summary>Most channels.</summary>
    [Description("Most channels")]
    [Range(1, 10_000)]
    public int MaxChannels { get; set; } = 10_000;

    /// <summary>Most named producers that a channel remembers.</summary>
    [Description("Most named producers that a channel remembers")]
    [Range(1, 1_000_000)]
    public int MaxProducers { get; set; } = 10_000;

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
