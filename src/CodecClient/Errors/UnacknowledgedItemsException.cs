using Grpc.Core;

namespace Codec.Client;

/// <summary>
/// Several images, codes or frames of a publisher were not acknowledged: the server refused them, or the publisher ended before they were
/// answered. It counts only items whose failure the caller has not seen otherwise; the failure of a single item is thrown directly. Each
/// code of <see cref="ChannelPublisher.SendCodeAsync"/> is an item of its own.
/// </summary>
public sealed class UnacknowledgedItemsException : CodecException
{
    /// <summary>Maximum number of entries of <see cref="Failures"/>.</summary>
    public const int MaxFailures = 100;

    /// <summary>Creates the exception.</summary>
    /// <param name="channel">The channel that was published to.</param>
    /// <param name="count">Number of items that were not acknowledged; at least the number of <paramref name="failures"/>.</param>
    /// <param name="failures">
    /// The first failures, at most <see cref="MaxFailures"/>; may be empty if only later failures are left.
    /// </param>
    /// <param name="ended">The reason that all items share, such as the publisher's end; null if the reasons differ.</param>
    public UnacknowledgedItemsException(string channel, long count, IReadOnlyList<ItemFailure> failures, CodecException? ended = null)
        : base((ended ?? First(failures))?.Status ?? StatusCode.Unknown, Describe(channel, count, failures), ended ?? First(failures)) =>
        (Count, Failures) = (count, failures);

    /// <summary>Number of items that were not acknowledged.</summary>
    public long Count { get; }

    /// <summary>The first failures, in the order in which they occurred.</summary>
    public IReadOnlyList<ItemFailure> Failures { get; }

    private static CodecException? First(IReadOnlyList<ItemFailure> failures)
    {
        ArgumentNullException.ThrowIfNull(failures);
        return failures.Count == 0 ? null : failures[0].Error;
    }

    private static string Describe(string channel, long count, IReadOnlyList<ItemFailure> failures) =>
        $"{count} items sent to {channel} are not acknowledged"
        + (failures is [var first, ..] ? $"; item {first.Index}: {first.Error.Message} ({nameof(Failures)} lists {failures.Count}.)" : ".");
}

/// <summary>An item that was not acknowledged.</summary>
/// <param name="Index">The item's number in its publisher, from 0 (<see cref="Sent.Index"/>).</param>
/// <param name="Error">The reason.</param>
public sealed record ItemFailure(long Index, CodecException Error);
