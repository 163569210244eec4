using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Codec.Tests.Shared.Wire;

/// <summary>A frame that a server sent.</summary>
public sealed record RawFrame(byte Type, int Stream, byte[] Payload)
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;

    /// <summary>The first number of the payload, such as the code of a reset.</summary>
    public int Code => BinaryPrimitives.ReadInt32BigEndian(Payload);
}

/// <summary>
/// HTTP/2 by hand, for what no client does, such as keeping its windows shut. Clear text; headers are literals without Huffman codes.
/// </summary>
public sealed class RawConnection : IDisposable
{
    private const byte Settings = 4;
    private const byte EndOfHeaders = 4;
    private const byte EndOfStream = 1;

    private readonly TcpClient _client = new();

    private RawConnection() { }

    /// <summary>Connects.</summary>
    /// <param name="address">The server's address.</param>
    /// <param name="window">Bytes of an answer that a stream takes; it never takes more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<RawConnection> OpenAsync(string address, int window, CancellationToken cancellationToken)
    {
        var server = new Uri(address);
        var connection = new RawConnection();
        await connection._client.ConnectAsync(server.Host, server.Port, cancellationToken);
        var setting = new byte[6];
        setting[1] = 4; // SETTINGS_INITIAL_WINDOW_SIZE
        BinaryPrimitives.WriteInt32BigEndian(setting.AsSpan(2), window);
        await connection.WriteAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, setting)], cancellationToken);
        return connection;
    }

    /// <summary>Makes a call with a single message of at most 16 KiB.</summary>
    public Task CallAsync(int stream, string path, byte[] message, string scheme, CancellationToken cancellationToken)
    {
        byte[] headers =
        [
            .. Literal(":method", "POST"),
            .. Literal(":scheme", scheme),
            .. Literal(":path", path),
            .. Literal(":authority", "codec"),
            .. Literal("content-type", "application/grpc"),
            .. Literal("te", "trailers"),
        ];
        byte[] frames =
        [
            .. Frame(RawFrame.Headers, EndOfHeaders, stream, headers),
            .. Frame(RawFrame.Data, EndOfStream, stream, RawCall.Frame(message)),
        ];
        return WriteAsync(frames, cancellationToken);
    }

    /// <summary>Reads the next frame of a stream; skips those of the connection.</summary>
    public async Task<RawFrame> NextAsync(CancellationToken cancellationToken)
    {
        Stream stream = _client.GetStream();
        while (true)
        {
            var header = new byte[9];
            await stream.ReadExactlyAsync(header, cancellationToken);
            var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
            await stream.ReadExactlyAsync(payload, cancellationToken);
            var frame = new RawFrame(header[3], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
            if (frame.Stream != 0)
                return frame;
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task WriteAsync(byte[] bytes, CancellationToken cancellationToken) =>
        await _client.GetStream().WriteAsync(bytes, cancellationToken);

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload)
    {
        byte[] frame =
        [
            (byte)(payload.Length >> 16),
            (byte)(payload.Length >> 8),
            (byte)payload.Length,
            type,
            flags,
            0,
            0,
            0,
            0,
            .. payload,
        ];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        return frame;
    }

    // A literal that is not indexed, with a new name; lengths below 127 take a byte.
    private static byte[] Literal(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
}
