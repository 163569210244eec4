using Grpc.Core;

namespace Codec.Client;

/// <summary>
/// Several images, codes or frames that a publisher took to send are not acknowledged: the server refused them, or the publisher ended
/// before they were answered. It counts only items whose failure the caller did not learn of otherwise; that of one item is thrown itself.
/// The codes of a frame made by <see cref="ChannelPublisher.SendCodeAsync"/> are an item each.
/// </summary>
public sealed class UnacknowledgedItemsException : CodecException
{
    /// <summary>Most entries of <see cref="Failures"/>.</summary>
    public const int MaxFailures = 100;

    /// <summary>Makes the exception.</summary>
    /// <param name="channel">The channel that was published to.</param>
    /// <param name="count">How many items are not acknowledged; at least as many as are listed.</param>
    /// <param name="failures">
    /// The first of them, at most <see cref="MaxFailures"/>; they may be none where only later ones are left.
    /// </param>
    /// <param name="ended">What all of them failed for, such as the publisher's end; null where the reasons differ.</param>
    public UnacknowledgedItemsException(string channel, long count, IReadOnlyList<ItemFailure> failures, CodecException? ended = null)
        : base((ended ?? First(failures))?.Status ?? StatusCode.Unknown, Describe(channel, count, failures), ended ?? First(failures)) =>
        (Count, Failures) = (count, failures);

    /// <summary>How many items are not acknowledged.</summary>
    public long Count { get; }

    /// <summary>The first of them, in the order in which they failed.</summary>
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

/// <summary>An item that is not acknowledged.</summary>
/// <param name="Index">Its place in what the publisher took to send: 0 is the first (<see cref="Sent.Index"/>).</param>
/// <param name="Error">Why.</param>
public sealed record ItemFailure(long Index, CodecException Error);
