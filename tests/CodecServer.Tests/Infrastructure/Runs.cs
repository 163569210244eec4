using Codec.Frames;
using Codec.Models;
using Codec.Server;
using Codec.Server.Stores;

namespace CodecServer.Tests.Infrastructure;

/// <summary>Runs of codes for the stores, which do not parse codes.</summary>
internal static class Runs
{
    public static Digest Version { get; } = Digest.Of("a version"u8);

    public static Digest OtherVersion { get; } = Digest.Of("another version"u8);

    /// <summary>A run of distinct codes.</summary>
    public static CodeRun Of(int count, int length = 25, int quality = 1, Digest? version = null, int seed = 0) =>
        new(
            version ?? Version,
            quality,
            [.. Enumerable.Range(0, count).Select(i => (ReadOnlyMemory<byte>)Blobs.Random(length, seed + i))],
            FrameInfo.None
        );

    /// <summary>One code for each key; null makes one without.</summary>
    public static CodeRun Keyed(params string?[] keys) => Keyed(25, keys);

    /// <summary>One code of this length for each key; null makes one without.</summary>
    public static CodeRun Keyed(int length, params string?[] keys) =>
        Of(keys.Length, length) with
        {
            Info = new FrameInfo([.. keys.Select(key => new CodeInfo { Key = key })]),
        };

    /// <summary>The codes as text, for comparing.</summary>
    public static string[] Hex(this IEnumerable<ReadOnlyMemory<byte>> codes) => [.. codes.Select(code => Convert.ToHexString(code.Span))];

    public static string[] Hex(this LogPage page) => page.Codes.Select(code => code.Code).Hex();

    /// <summary>The sequences of a page's codes.</summary>
    public static IEnumerable<long> Sequences(this LogPage page) => page.Codes.Select(code => code.Sequence);

    /// <summary>Fails unless the request is refused with this error; returns the refusal.</summary>
    public static async Task<RequestException> RefusesAsync(RequestError expected, Func<Task> request)
    {
        RequestException exception = await Assert.ThrowsAsync<RequestException>(request);
        Assert.Equal((expected, exception.Message), (exception.Error, exception.Message));
        return exception;
    }
}
