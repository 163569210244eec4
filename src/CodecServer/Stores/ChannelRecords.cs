using Codec.Frames;
using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>
/// Identifies one channel permanently: a channel that is deleted and created again under the same name has another identity.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Incarnation">
/// Assigned by the store when it created the channel, and never reused for the same name. The number has no meaning outside the store.
/// </param>
internal readonly record struct ChannelId(string Name, long Incarnation);

/// <summary>Defines which codes a channel keeps. A code is dropped once any of the bounds no longer protects it.</summary>
/// <param name="Codes">Number of newest codes that this bound protects; 0 for no bound.</param>
/// <param name="Age">Time for which this bound protects a code after it was stored; zero for no bound.</param>
/// <param name="Bytes">Bytes of the newest codes that this bound protects; 0 for no bound.</param>
/// <param name="LatestOfEachKey">Whether only the newest code of each key is kept.</param>
internal sealed record Retention(long Codes = 0, TimeSpan Age = default, long Bytes = 0, bool LatestOfEachKey = false)
{
    /// <summary>Keeps every code.</summary>
    public static Retention All { get; } = new();

    /// <summary>Describes the bounds for people: <c>5 codes, 60 s</c>.</summary>
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

/// <summary>The state of a channel.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Retention">Which codes it keeps.</param>
/// <param name="FirstSequence">
/// Sequence at which the log starts; <paramref name="NextSequence"/> if the log is empty. With <c>LatestOfEachKey</c>, the code at this
/// sequence may have been superseded.
/// </param>
/// <param name="NextSequence">Sequence that the next code will have; the first code has 1.</param>
/// <param name="Codes">Number of codes in its log.</param>
/// <param name="Bytes">Bytes of these codes.</param>
/// <param name="CreatedAt">When it was created.</param>
internal sealed record ChannelRecord(
    ChannelId Id,
    Retention Retention,
    long FirstSequence,
    long NextSequence,
    long Codes,
    long Bytes,
    DateTimeOffset CreatedAt
)
{
    /// <summary>Its name.</summary>
    public string Name => Id.Name;

    /// <summary>Refuses a sequence at which reading cannot begin. Allowed are those in the log, and the next one.</summary>
    /// <remarks>A log that keeps only the newest code of each key has gaps: in it, reading may begin at any sequence from 1 on.</remarks>
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
                $"The sequence {sequence} of '{Name}' {problem}; the log begins at {FirstSequence}, and its next sequence is {NextSequence}."
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

/// <summary>One or more codes of one version and quality, in order.</summary>
/// <param name="Version">The version that encoded them.</param>
/// <param name="Quality">Their quality.</param>
/// <param name="Codes">The codes.</param>
/// <param name="Info">Their keys, times of capture and headers.</param>
internal sealed record CodeRun(Digest Version, int Quality, IReadOnlyList<ReadOnlyMemory<byte>> Codes, FrameInfo Info)
{
    /// <summary>Bytes of the codes with their keys and headers.</summary>
    public int Bytes => Codes.Sum(code => code.Length) + (Info.IsEmpty ? 0 : Enumerable.Range(0, Codes.Count).Sum(i => Info[i].Bytes));
}

/// <summary>A code of a log.</summary>
/// <param name="Sequence">Its position in the log.</param>
/// <param name="Version">The version that encoded it.</param>
/// <param name="Quality">Its quality.</param>
/// <param name="Code">Its bytes.</param>
/// <param name="Info">Its key, time of capture and headers; without the time of storing.</param>
/// <param name="StoredAt">When it was stored.</param>
internal readonly record struct StoredCode(
    long Sequence,
    Digest Version,
    int Quality,
    ReadOnlyMemory<byte> Code,
    CodeInfo Info,
    DateTimeOffset StoredAt
);

/// <summary>The codes of one version in a channel.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Codes">Number of codes.</param>
internal sealed record VersionCodes(string Channel, long Codes);

/// <summary>Consecutive codes of a log that cannot be read.</summary>
/// <param name="FirstSequence">Sequence of the first.</param>
/// <param name="Count">Number of codes.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record StoredDamage(long FirstSequence, long Count, string Message);

/// <summary>A part of a log.</summary>
/// <param name="Codes">The codes that match the filter, in order.</param>
/// <param name="NextSequence">Where to continue reading: every matching code before it was returned by this or an earlier call.</param>
/// <param name="Damage">
/// Unreadable codes that follow <paramref name="Codes"/>; <paramref name="NextSequence"/> is after them. Null if there are none.
/// </param>
internal sealed record LogPage(IReadOnlyList<StoredCode> Codes, long NextSequence, StoredDamage? Damage = null);

/// <summary>Where reading stops: after the stored run that reaches one of the bounds.</summary>
/// <param name="MaxCodes">Number of codes.</param>
/// <param name="MaxBytes">Bytes of codes.</param>
internal readonly record struct ReadBounds(int MaxCodes, int MaxBytes);

/// <summary>Selects codes by key: a code matches if its key is one of the keys, or begins with one of the prefixes.</summary>
/// <param name="Keys">Whole keys.</param>
/// <param name="Prefixes">Prefixes of keys.</param>
internal sealed record KeyFilter(IReadOnlySet<string> Keys, IReadOnlyList<string> Prefixes)
{
    /// <summary>Whether a code with this key matches; a code without a key never does.</summary>
    public bool Matches(string? key) =>
        key is not null && (Keys.Contains(key) || Prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)));
}

/// <summary>The state of a producer whose stream was opened.</summary>
/// <param name="Epoch">Its epoch: 1 or more.</param>
/// <param name="LastSequence">The largest producer sequence that the log has recorded; 0 if none.</param>
internal readonly record struct ProducerState(long Epoch, long LastSequence);

/// <summary>Identifies an item of a named producer, so that the log recognizes it when it is sent again.</summary>
/// <param name="Name">The producer.</param>
/// <param name="Epoch">The epoch of its stream.</param>
/// <param name="Sequence">The producer sequence: 1 for the first item, and one more for each, refused ones included.</param>
internal readonly record struct ProducerPosition(string Name, long Epoch, long Sequence);

/// <summary>The recorded outcome of a producer's item: its codes were stored, or it was refused.</summary>
/// <param name="FirstSequence">Sequence of its first code; 0 if it was refused.</param>
/// <param name="Count">Number of its codes; 0 if it was refused.</param>
/// <param name="Refusal">The refusal as it was recorded, opaque to the store; null if the item was stored.</param>
internal readonly record struct ItemOutcome(long FirstSequence, int Count, byte[]? Refusal = null);

/// <summary>How far a consumer is behind its channel.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Consumer">The consumer's name.</param>
/// <param name="Codes">
/// Sequences from its committed position to the end of the log; those that retention dropped are not counted.
/// </param>
/// <param name="OldestStoredAt">When the first code that it has not processed was stored; null if there is none.</param>
internal sealed record ConsumerLag(string Channel, string Consumer, long Codes, DateTimeOffset? OldestStoredAt);

/// <summary>A named consumer of a channel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="NextSequence">Its committed position: the first code that it has not yet processed.</param>
/// <param name="Lag">Number of codes in the log from <paramref name="NextSequence"/> on.</param>
/// <param name="CommittedAt">When it last committed.</param>
internal sealed record ConsumerRecord(string Name, long NextSequence, long Lag, DateTimeOffset CommittedAt);
