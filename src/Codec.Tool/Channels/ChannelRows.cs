using System.Text.Json.Serialization;
using Codec.Client;
using Codec.Tool.Output;

namespace Codec.Tool.Channels;

/// <summary>A channel.</summary>
/// <param name="Channel">Its name.</param>
/// <param name="Codes">Number of codes in its log.</param>
/// <param name="Bytes">Bytes of these codes.</param>
/// <param name="FirstSequence">Sequence at which the log starts.</param>
/// <param name="NextSequence">Sequence of the next code.</param>
/// <param name="KeepCodes">Number of codes that it keeps; null for no bound.</param>
/// <param name="KeepBytes">Bytes that it keeps; null for no bound.</param>
/// <param name="KeepSeconds">Seconds for which it keeps a code; null for no bound.</param>
/// <param name="LatestOfEachKey">Whether a code replaces the previous one of its key.</param>
/// <param name="CreatedAt">When it was created.</param>
internal sealed record ChannelRow(
    string Channel,
    long Codes,
    long Bytes,
    long FirstSequence,
    long NextSequence,
    long? KeepCodes,
    long? KeepBytes,
    long? KeepSeconds,
    bool LatestOfEachKey,
    DateTimeOffset CreatedAt
)
{
    /// <summary>What it keeps, for people.</summary>
    [JsonIgnore]
    public string Keeps
    {
        get
        {
            string[] bounds =
            [
                .. KeepCodes is { } codes ? [$"{Texts.Number(codes)} codes"] : Array.Empty<string>(),
                .. KeepBytes is { } bytes ? [$"{Texts.Number(bytes)} bytes"] : Array.Empty<string>(),
                .. KeepSeconds is { } seconds ? [$"{TimeSpan.FromSeconds(seconds)}"] : Array.Empty<string>(),
                .. LatestOfEachKey ? ["the latest of each key"] : Array.Empty<string>(),
            ];
            return bounds.Length == 0 ? "all" : string.Join(", ", bounds);
        }
    }

    public static ChannelRow Of(ChannelInfo channel) =>
        new(
            channel.Name,
            channel.Codes,
            channel.Bytes,
            channel.FirstSequence,
            channel.NextSequence,
            channel.Retention.Codes,
            channel.Retention.Bytes,
            (long?)channel.Retention.Age?.TotalSeconds,
            channel.Retention.LatestOfEachKey,
            channel.CreatedAt
        );
}

/// <summary>A code of a channel.</summary>
/// <param name="Sequence">Its number in the channel.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Width">Its image's width in pixels.</param>
/// <param name="Height">Its image's height in pixels.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version's digest.</param>
/// <param name="Quality">The quality.</param>
/// <param name="Key">Its key; null for none.</param>
/// <param name="CapturedAt">When the image was taken; null if that is not stated.</param>
/// <param name="StoredAt">When the server stored it; null if that was not requested.</param>
internal sealed record CodeRow(
    long Sequence,
    int Bytes,
    int Width,
    int Height,
    string Model,
    string Version,
    int Quality,
    string? Key,
    DateTimeOffset? CapturedAt,
    DateTimeOffset? StoredAt
)
{
    /// <summary>The file that its image was written to; null if it was not.</summary>
    public string? Output { get; init; }
}

/// <summary>An image that was published.</summary>
/// <param name="File">The file; - for the input.</param>
/// <param name="Key">Its key.</param>
/// <param name="Sequence">The number of its code in the channel.</param>
internal sealed record PublishedImage(string File, string? Key, long Sequence);

/// <summary>A named consumer.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Consumer">Its name.</param>
/// <param name="NextSequence">Sequence of the first code that it has not processed.</param>
/// <param name="Lag">Number of codes from there on.</param>
/// <param name="CommittedAt">When it last committed.</param>
internal sealed record ConsumerRow(string Channel, string Consumer, long NextSequence, long Lag, DateTimeOffset CommittedAt)
{
    public static ConsumerRow Of(string channel, ConsumerInfo consumer) =>
        new(channel, consumer.Name, consumer.NextSequence, consumer.Lag, consumer.CommittedAt);
}

/// <summary>A consumer that was deleted.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Consumer">Its name.</param>
internal sealed record DeletedConsumer(string Channel, string Consumer);
