using Codec.Frames;
using Google.Protobuf.WellKnownTypes;

namespace Codec.Client.Channels;

/// <summary>What an application says of a code, on its way to the server.</summary>
internal static class CodeInfoMessages
{
    /// <summary>The message; null where there is nothing to say.</summary>
    /// <exception cref="ArgumentException">A value is outside its bounds.</exception>
    public static V1.CodeInfo? ToMessage(this CodeInfo? info)
    {
        CodeInfo given = info.ToOutgoing();
        if (given == CodeInfo.None)
            return null;
        var message = new V1.CodeInfo
        {
            Key = given.Key ?? "",
            CapturedAt = given.CapturedAt is { } time ? Timestamp.FromDateTimeOffset(time) : null,
        };
        foreach ((string name, string value) in given.Headers)
            message.Headers.Add(name, value);
        return message;
    }

    /// <summary>A checked copy that the caller cannot change any more, without the time of storing, which is the server's to say.</summary>
    /// <exception cref="ArgumentException">A value is outside its bounds.</exception>
    public static CodeInfo ToOutgoing(this CodeInfo? info)
    {
        if (info is null)
            return CodeInfo.None;
        CodeInfo copy = info with { StoredAt = null };
        if (copy.Headers is { Count: > 0 } headers)
            copy = copy with { Headers = new Dictionary<string, string>(headers) };
        copy.Validate();
        return copy;
    }
}
