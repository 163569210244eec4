namespace Codec.Client;

/// <summary>A named consumer of a channel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="NextSequence">The first code that it has not yet dealt with.</param>
/// <param name="Lag">Codes in the log from there on, whether or not its filter takes them.</param>
/// <param name="CommittedAt">When it last committed.</param>
public sealed record ConsumerInfo(string Name, long NextSequence, long Lag, DateTimeOffset CommittedAt);
