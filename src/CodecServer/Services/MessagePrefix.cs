using System.Buffers;
using System.Buffers.Binary;

namespace Codec.Server.Services;

/// <summary>What gRPC sends before a message: the compression flag, then the length, big-endian.</summary>
/// <param name="IsCompressed">Whether the message is compressed.</param>
/// <param name="Length">Bytes of the message.</param>
internal readonly record struct MessagePrefix(bool IsCompressed, uint Length)
{
    /// <summary>Bytes of the prefix.</summary>
    public const int Bytes = 5;

    /// <summary>Reads the prefix with which a buffer begins; returns false if some of it is missing.</summary>
    public static bool TryRead(ReadOnlySequence<byte> buffer, out MessagePrefix prefix)
    {
        prefix = default;
        if (buffer.Length < Bytes)
            return false;

        Span<byte> bytes = stackalloc byte[Bytes];
        buffer.Slice(0, Bytes).CopyTo(bytes);
        prefix = new MessagePrefix(bytes[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]));
        return true;
    }
}
