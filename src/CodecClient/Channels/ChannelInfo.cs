namespace Codec.Client;

/// <summary>A channel on the server.</summary>
/// <param name="Name">Its name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.</param>
/// <param name="Retention">The bounds that decide which codes it keeps.</param>
/// <param name="FirstSequence">
/// Sequence at which the log starts; equals <paramref name="NextSequence"/> if the log is empty. With
/// <see cref="ChannelRetention.LatestOfEachKey"/>, a newer code of the same key may have replaced the code at this sequence, so a
/// subscription from it may start with a later code.
/// </param>
/// <param name="NextSequence">Sequence of the next code to be stored.</param>
/// <param name="Codes">Number of codes in the log.</param>
/// <param name="Bytes">Bytes of these codes, without frame headers.</param>
/// <param name="CreatedAt">When it was created.</param>
public sealed record ChannelInfo(
    string Name,
    ChannelRetention Retention,
    long FirstSequence,
    long NextSequence,
    long Codes,
    long Bytes,
    DateTimeOffset CreatedAt
);

/// <summary>Confirms that images or codes are durable on the server.</summary>
/// <param name="FirstSequence">Sequence of the first.</param>
/// <param name="Count">Number of codes; their sequences are consecutive.</param>
public readonly record struct Acknowledgement(long FirstSequence, int Count);
