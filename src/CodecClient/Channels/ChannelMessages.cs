using Google.Protobuf.WellKnownTypes;

namespace Codec.Client.Channels;

/// <summary>Converts between the messages of channels and this library's types.</summary>
internal static class ChannelMessages
{
    public static ChannelInfo ToChannelInfo(this V1.ChannelInfo channel) =>
        new(
            channel.Name,
            channel.Retention.ToRetention(),
            channel.FirstSequence,
            channel.NextSequence,
            channel.Codes,
            channel.Bytes,
            ModelMessages.ToTime(channel.CreatedAt)
        );

    public static V1.Retention ToMessage(this ChannelRetention retention) =>
        new()
        {
            Codes = retention.Codes ?? 0,
            Age = retention.Age is { } age ? Duration.FromTimeSpan(age) : null,
            Bytes = retention.Bytes ?? 0,
            LatestOfEachKey = retention.LatestOfEachKey,
        };

    private static ChannelRetention ToRetention(this V1.Retention? retention)
    {
        if (retention is null)
            return ChannelRetention.All;
        return new ChannelRetention
        {
            Codes = retention.Codes > 0 ? retention.Codes : null,
            Age = retention.Age?.Seconds is > 0 and <= Duration.MaxSeconds and var seconds ? TimeSpan.FromSeconds(seconds) : null,
            Bytes = retention.Bytes > 0 ? retention.Bytes : null,
            LatestOfEachKey = retention.LatestOfEachKey,
        };
    }
}
