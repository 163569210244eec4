namespace Codec.Client;

/// <summary>A channel on the server.</summary>
/// <param name="Name">Its name: 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit.</param>
/// <param name="Retention">Which codes it keeps.</param>
/// <param name="FirstSequence">
/// Sequence of the oldest code in the log; <paramref name="NextSequence"/> where the log is empty. With
/// <see cref="ChannelRetention.LatestOfEachKey"/>, codes that newer ones of their key replaced count until they are dropped, so a
/// subscription from here may begin with a later one.
/// </param>
/// <param name="NextSequence">Sequence that the next code will have.</param>
/// <param name="Codes">How many codes are in the log.</param>
/// <param name="Bytes">Bytes of these codes, frame headers not counted.</param>
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

/// <summary>Images or codes are durable on the server.</summary>
/// <param name="FirstSequence">Sequence of the first.</param>
/// <param name="Count">How many; the others follow it one by one.</param>
public readonly record struct Acknowledgement(long FirstSequence, int Count);
