namespace Codec.Client;

/// <summary>A named consumer of a channel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="NextSequence">Sequence of the first code that it has not processed.</param>
/// <param name="Lag">
/// Number of codes in the log from <paramref name="NextSequence"/> on; codes that a subscription's filter rejects count too.
/// </param>
/// <param name="CommittedAt">Time of its last commit.</param>
public sealed record ConsumerInfo(string Name, long NextSequence, long Lag, DateTimeOffset CommittedAt);
