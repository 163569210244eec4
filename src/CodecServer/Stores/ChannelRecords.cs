using Codec.Frames;
using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>Which codes a channel keeps: one is dropped when any bound is exceeded.</summary>
/// <param name="Codes">The newest codes that are kept at least; 0 for no bound.</param>
/// <param name="Age">How long a code is kept at least after it was stored; zero for no bound.</param>
/// <param name="Bytes">Bytes of the newest codes that are kept at least; 0 for no bound.</param>
/// <param name="LatestOfEachKey">Whether of the codes with the same key only the newest is kept.</param>
internal sealed record Retention(long Codes = 0, TimeSpan Age = default, long Bytes = 0, bool LatestOfEachKey = false)
{
    /// <summary>Keeps all.</summary>
    public static Retention All { get; } = new();

    /// <summary>For people: <c>5 codes, 60 s</c>.</summary>
    public override string ToString()
    {
        string[] bounds =
        [
            .. Codes > 0 ? [$"{Codes} codes"] : Array.Empty<string>(),
            .. Age > TimeSpan.Zero ? [$"{Age.TotalSeconds:0.###} s"] : Array.Empty<string>(),
            .. Bytes > 0 ? [$"{Bytes} bytes"] : Array.Empty<string>(),
            .. LatestOfEachKey ? ["the latest of each key"] : Array.Empty<string>(),
        ];
        return bounds.Length > 0 ? string.Join(", ", bounds) : "all codes";
    }
}

/// <summary>A channel as it stands.</summary>
/// <param name="Id">Names it for the store: another for a channel that is created again under the same name.</param>
/// <param name="Name">Its name.</param>
/// <param name="Retention">Which codes it keeps.</param>
/// <param name="FirstSequence">Sequence of the oldest code; <paramref name="NextSequence"/> where the log is empty.</param>
/// <param name="NextSequence">Sequence that the next code will have; the first code has 1.</param>
/// <param name="Codes">How many codes it holds.</param>
/// <param name="Bytes">Bytes of these codes.</param>
/// <param name="CreatedAt">When it was created.</param>
internal sealed record ChannelRecord(
    long Id,
    string Name,
    Retention Retention,
    long FirstSequence,
    long NextSequence,
    long Codes,
    long Bytes,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Requires that reading may begin at a sequence: in the log, or the next to come.</summary>
    /// <remarks>A log that keeps the newest code of each key has gaps: reading may begin at any sequence up to its next.</remarks>
    /// <exception cref="RequestException">OutOfRange, with both ends of the log.</exception>
    public void RequireReadable(long sequence)
    {
        long first = Retention.LatestOfEachKey ? 1 : FirstSequence;
        if (sequence < first || sequence > NextSequence)
        {
            string problem = sequence < first && sequence > 0 ? "was dropped by its retention" : "is not in its log";
            throw new RequestException(
                RequestError.OutOfRange,
                "SEQUENCE_OUT_OF_RANGE",
                $"The sequence {sequence} of '{Name}' {problem}; the log begins at {FirstSequence}, and {NextSequence} is its next."
            )
            {
                Metadata = new Dictionary<string, string>
                {
                    ["first_sequence"] = $"{FirstSequence}",
                    ["next_sequence"] = $"{NextSequence}",
                },
            };
        }
    }
}

/// <summary>Codes of one version and quality, in order.</summary>
/// <param name="Version">The version that encoded them.</param>
/// <param name="Quality">Their quality.</param>
/// <param name="Codes">One or more.</param>
/// <param name="Info">Their keys, times of capture and headers.</param>
internal sealed record CodeRun(Digest Version, int Quality, IReadOnlyList<ReadOnlyMemory<byte>> Codes, FrameInfo Info)
{
    /// <summary>Bytes of the codes with their keys and headers.</summary>
    public int Bytes => Codes.Sum(code => code.Length) + (Info.IsEmpty ? 0 : Enumerable.Range(0, Codes.Count).Sum(i => Info[i].Bytes));
}

/// <summary>A code of a log.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Version">The version that encoded it.</param>
/// <param name="Quality">Its quality.</param>
/// <param name="Code">Its bytes.</param>
/// <param name="Info">Its key, time of capture and headers; the time of storing is not in it.</param>
/// <param name="StoredAt">When it was stored.</param>
internal readonly record struct StoredCode(
    long Sequence,
    Digest Version,
    int Quality,
    ReadOnlyMemory<byte> Code,
    CodeInfo Info,
    DateTimeOffset StoredAt
);

/// <summary>Codes of a log that cannot be read.</summary>
/// <param name="FirstSequence">Sequence of the first.</param>
/// <param name="Count">How many.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record StoredDamage(long FirstSequence, long Count, string Message);

/// <summary>A part of a log.</summary>
/// <param name="Codes">In order, those that the filter takes.</param>
/// <param name="NextSequence">Where reading goes on: every code before it that the filter takes was returned, now or before.</param>
/// <param name="Damage">
/// What follows the codes and cannot be read; <paramref name="NextSequence"/> is after it. Null where all is well.
/// </param>
internal sealed record LogPage(IReadOnlyList<StoredCode> Codes, long NextSequence, StoredDamage? Damage = null);

/// <summary>Where reading stops.</summary>
/// <param name="MaxCodes">With the stored run that reaches this many codes.</param>
/// <param name="MaxBytes">With the stored run that reaches this many bytes.</param>
internal readonly record struct ReadBounds(int MaxCodes, int MaxBytes);

/// <summary>Which codes a subscriber gets.</summary>
/// <param name="Keys">Those with one of these keys.</param>
/// <param name="Prefixes">Those with a key that begins with one of these.</param>
internal sealed record KeyFilter(IReadOnlySet<string> Keys, IReadOnlyList<string> Prefixes)
{
    /// <summary>Whether the filter takes a code with this key; never one without a key.</summary>
    public bool Takes(string? key) =>
        key is not null && (Keys.Contains(key) || Prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)));
}

/// <summary>A producer that was opened.</summary>
/// <param name="Epoch">Its epoch: 1 or more.</param>
/// <param name="LastSequence">The largest position that the log has of it; 0 if none.</param>
internal readonly record struct ProducerState(long Epoch, long LastSequence);

/// <summary>Who publishes, for recognizing what is sent twice.</summary>
/// <param name="Name">The producer.</param>
/// <param name="Epoch">The epoch of its stream.</param>
/// <param name="Sequence">Grows by one with each item, refused ones included; the first is 1.</param>
internal readonly record struct ProducerPosition(string Name, long Epoch, long Sequence);

/// <summary>What became of an item.</summary>
/// <param name="FirstSequence">Sequence of its first code; 0 where it was refused.</param>
/// <param name="Count">How many codes; 0 where it was refused.</param>
/// <param name="Refusal">The answer where it was refused; else null.</param>
internal readonly record struct PublicationRecord(long FirstSequence, int Count, byte[]? Refusal = null);

/// <summary>A named consumer of a channel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="NextSequence">The first code that it has not yet dealt with.</param>
/// <param name="Lag">Codes in the log from there on.</param>
/// <param name="CommittedAt">When it last committed.</param>
internal sealed record ConsumerRecord(string Name, long NextSequence, long Lag, DateTimeOffset CommittedAt);
