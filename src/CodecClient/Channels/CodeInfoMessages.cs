using Codec.Frames;
using Google.Protobuf.WellKnownTypes;

namespace Codec.Client.Channels;

/// <summary>Checks a code's info and converts it to the message that the server receives.</summary>
internal static class CodeInfoMessages
{
    /// <summary>Converts the info; null if it is empty.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
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

    /// <summary>Returns a checked copy that the caller cannot change, without the time of storing, which the server sets.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
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
