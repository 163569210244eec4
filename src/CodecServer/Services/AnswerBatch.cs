using Google.Protobuf;
using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>
/// Sends small answers of a stream together: an answer that the next one follows at once waits for it in the buffer, instead of a frame and
/// a write to the socket of its own.
/// </summary>
internal sealed class AnswerBatch
{
    /// <summary>Most bytes that wait. They no longer hold room, so it is little.</summary>
    private const int Most = 16 << 10;

    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);

    private int _waiting;

    /// <summary>Returns how to write the next answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="isFollowed">Whether another one is ready, so that it will be written, or the call ends.</param>
    public WriteOptions? OptionsFor(IMessage answer, bool isFollowed)
    {
        _waiting += answer.CalculateSize();
        if (isFollowed && _waiting <= Most)
            return Buffered;

        _waiting = 0;
        return null;
    }
}
