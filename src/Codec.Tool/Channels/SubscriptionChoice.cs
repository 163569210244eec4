using System.CommandLine;
using System.Globalization;
using Codec.Client;

namespace Codec.Tool.Channels;

/// <summary>Options that choose which codes of a channel a command receives.</summary>
internal sealed class SubscriptionChoice
{
    private readonly Option<string> _from = new("--from")
    {
        HelpName = "start|now|latest|last:COUNT|SEQUENCE|TIME",
        Description =
            "The first code: the oldest, the next to be published, the newest of each key, the last few, a sequence, or a time (2026-11-26T12:00Z).",
        DefaultValueFactory = _ => "now",
    };

    private readonly Option<long?> _count = new("--count")
    {
        HelpName = "COUNT",
        Description = "Stop after this many codes. Default: never.",
    };

    private readonly Option<string[]> _keys = new("--key")
    {
        HelpName = "KEY",
        Description = "Receive only codes of this key, or with KEY* of all keys that begin so; may be repeated.",
        DefaultValueFactory = _ => [],
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_from, _count, _keys];

    /// <summary>After how many codes to stop.</summary>
    /// <exception cref="ArgumentException">The number is below 1.</exception>
    public long Count(ParseResult arguments) =>
        arguments.GetValue(_count) is not { } count ? long.MaxValue
        : count >= 1 ? count
        : throw new ArgumentException($"--count {count} is out of range; receive 1 or more.");

    /// <summary>Reads the choice.</summary>
    /// <exception cref="ArgumentException">A value has none of the allowed forms.</exception>
    public SubscribeOptions Read(ParseResult arguments)
    {
        string[] keys = arguments.GetValue(_keys)!;
        return new SubscribeOptions
        {
            From = ParseStart(arguments.GetValue(_from)!),
            Keys = [.. keys.Where(key => !IsPrefix(key))],
            KeyPrefixes = [.. keys.Where(IsPrefix).Select(key => key[..^1])],
            WaitForServer = false,
        };
    }

    private static bool IsPrefix(string key) => key.EndsWith('*');

    private static SubscribeFrom ParseStart(string text)
    {
        const string Last = "last:";
        return text switch
        {
            "start" => SubscribeFrom.Start,
            "now" => SubscribeFrom.Now,
            "latest" => SubscribeFrom.LatestOfEachKey,
            _ when text.StartsWith(Last, StringComparison.Ordinal) && IsNumber(text[Last.Length..], out long codes) => SubscribeFrom.Last(
                codes
            ),
            _ when IsNumber(text, out long sequence) => SubscribeFrom.At(sequence),
            _ when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) =>
                SubscribeFrom.Time(time),
            _ => throw new ArgumentException(
                $"--from {text} is none of start, now, latest, last:COUNT, a sequence from 1, and a time such as 2026-11-26T12:00Z."
            ),
        };
    }

    private static bool IsNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1;
}
