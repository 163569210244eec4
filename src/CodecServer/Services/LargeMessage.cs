using System.Buffers;

namespace Codec.Server.Services;

/// <summary>
/// A message that is taken out of the connection's buffers while it arrives. Those are of 4 KiB and are kept for the next message: many
/// large ones at the same time would leave them scattered over memory that the server then keeps.
/// </summary>
/// <param name="length">Bytes of the message with its prefix.</param>
internal sealed class LargeMessage(int length)
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(length);

    /// <summary>Bytes that have arrived.</summary>
    public int Count { get; private set; }

    /// <summary>Whether all of it has arrived.</summary>
    public bool IsComplete => Count == length;

    /// <summary>What has arrived.</summary>
    public ReadOnlySequence<byte> Arrived => new(_bytes, 0, Count);

    /// <summary>Adds what arrived next.</summary>
    /// <returns>The position after it; what follows belongs to the next message.</returns>
    public SequencePosition Add(ReadOnlySequence<byte> next)
    {
        ReadOnlySequence<byte> own = next.Slice(0, Math.Min(next.Length, length - Count));
        own.CopyTo(_bytes.AsSpan(Count));
        Count += (int)own.Length;
        return own.End;
    }
}
