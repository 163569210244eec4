using Codec.Frames;
using Codec.Models;
using Codec.Server.Stores;
using Google.Protobuf.WellKnownTypes;

namespace Codec.Server.Services;

/// <summary>Checks the fields of requests and maps them to values of the domain.</summary>
internal static class Require
{
    /// <summary>Maximum number of characters of a free text that the server stores: who published, who moved.</summary>
    private const int MaxTextLength = 128;

    /// <summary>Maximum number of keys and prefixes of a filter together: each code of the channel is compared with all of them.</summary>
    private const int MaxFilterKeys = 100;

    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(3650);

    /// <summary>Checks the name of a model, alias, channel or consumer.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static string Name(string field, string value) =>
        ModelLimits.IsName(value)
            ? value
            : throw RequestException.Invalid(
                field,
                $"'{Shown(value)}' is not a name; write 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit."
            );

    /// <summary>Parses a digest.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static Digest Digest(string field, string value) =>
        Codec.Models.Digest.TryParse(value, out Digest digest)
            ? digest
            : throw RequestException.Invalid(field, $"'{Shown(value)}' is not a digest; write 64 lower-case hexadecimal digits.");

    /// <summary>Maps the version or versions that an alias is to point to.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static AliasTargets Targets(string digest, IReadOnlyList<V1.AliasTarget> targets)
    {
        if (targets.Count == 0)
            return AliasTargets.Of(Digest("digest", digest));

        if (digest.Length > 0)
            throw RequestException.Invalid("digest", "it is set, and targets too; set one of them.");

        Range("targets", targets.Count, AliasTargets.Most, min: 1);
        AliasTarget[] items =
        [
            .. targets.Select(target => new AliasTarget(
                Digest("targets.digest", target.Digest),
                (int)Range("targets.weight", target.Weight, AliasTargets.MaxWeight, min: 1)
            )),
        ];
        return items.GroupBy(item => item.Version).FirstOrDefault(same => same.Count() > 1) is { } repeated
            ? throw RequestException.Invalid("targets", $"the version {repeated.Key} is repeated; add its weights.")
            : AliasTargets.Split(items);
    }

    /// <summary>Maps a blob's digest and size.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static BlobEntry Blob(V1.BlobRef? blob) =>
        blob is null
            ? throw RequestException.Invalid("blob", "it is not set.")
            : new BlobEntry(Digest("blob.digest", blob.Digest), blob.Size);

    /// <summary>Checks a short free text, which other callers will read: its length, and that nothing in it controls a terminal.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static string Text(string field, string value)
    {
        if (value.Length > MaxTextLength)
            throw RequestException.Invalid(field, $"{value.Length} characters; at most {MaxTextLength} are allowed.");

        return PlainText.IsPlain(value)
            ? value
            : throw RequestException.Invalid(
                field,
                $"'{PlainText.Of(value)}' has characters that control a terminal or the direction of text; remove them."
            );
    }

    /// <summary>Checks that a number is within bounds, both inclusive.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static long Range(string field, long value, long max, long min = 0) =>
        value >= min && value <= max
            ? value
            : throw RequestException.Invalid(field, $"{value} is out of range; allowed are {min} to {max}.");

    /// <summary>Maps a time.</summary>
    /// <exception cref="RequestException">
    /// InvalidArgument: it is outside the years 1 to 9999, or its nanoseconds are out of range.
    /// </exception>
    public static DateTimeOffset Time(string field, Timestamp value)
    {
        try
        {
            return value.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            throw RequestException.Invalid(
                field,
                $"{value.Seconds} s and {value.Nanos} ns are not a time; write one of the years 1 to 9999, with 0 to 999999999 ns."
            );
        }
    }

    /// <summary>Maps a filter by key; null if there is none.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static KeyFilter? Filter(IReadOnlyCollection<string> keys, IReadOnlyCollection<string> prefixes)
    {
        Range("keys and key_prefixes together", keys.Count + prefixes.Count, MaxFilterKeys);
        foreach (string key in keys.Concat(prefixes))
            Checked(keys.Contains(key) ? "keys" : "key_prefixes", new CodeInfo { Key = key });

        return keys.Count + prefixes.Count == 0 ? null : new KeyFilter(keys.ToHashSet(StringComparer.Ordinal), [.. prefixes]);
    }

    /// <summary>Maps the key, time of capture and headers of a code.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static CodeInfo Info(V1.CodeInfo? info) =>
        info is null
            ? CodeInfo.None
            : Checked(
                "info",
                new CodeInfo
                {
                    Key = info.Key.Length == 0 ? null : info.Key,
                    CapturedAt = info.CapturedAt is null ? null : Time("info.captured_at", info.CapturedAt),
                    Headers = info.Headers.Count == 0 ? CodeInfo.None.Headers : info.Headers.ToDictionary(StringComparer.Ordinal),
                }
            );

    /// <summary>Maps the retention of a channel.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public static Retention Retention(V1.Retention? retention) =>
        retention is null
            ? Stores.Retention.All
            : new Retention(
                Range("retention.codes", retention.Codes, long.MaxValue),
                Age("retention.age", retention.Age),
                Range("retention.bytes", retention.Bytes, long.MaxValue),
                retention.LatestOfEachKey
            );

    private static TimeSpan Age(string field, Duration? age)
    {
        if (age is null || (age.Seconds, age.Nanos) == (0, 0))
            return TimeSpan.Zero;

        long most = (long)MaxAge.TotalSeconds;
        return age.Nanos == 0 && age.Seconds >= 1 && age.Seconds <= most
            ? TimeSpan.FromSeconds(age.Seconds)
            : throw RequestException.Invalid(
                field,
                $"{age.Seconds} s and {age.Nanos} ns; allowed are whole seconds, from 1 to {most}; unset keeps codes of any age."
            );
    }

    private static CodeInfo Checked(string field, CodeInfo info)
    {
        try
        {
            info.Validate();
            return info;
        }
        catch (ArgumentException exception)
        {
            throw RequestException.Invalid(field, exception.Message);
        }
    }

    private static string Shown(string value) => value.Length <= MaxTextLength ? value : value[..MaxTextLength] + "…";
}
