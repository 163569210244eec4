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
    private const byte Cancel = 8;
    private const byte Continuation = 9;
    private const byte EndOfHeaders = 4;
    private const byte EndOfStream = 1;
    private const int MaxFrame = 16 << 10;

    private readonly NetworkStream _stream;

    private RawConnection(Socket socket) => _stream = new NetworkStream(socket, ownsSocket: true);

    /// <summary>Connects.</summary>
    /// <param name="address">The server's address.</param>
    /// <param name="window">Bytes of an answer that a stream takes; it never takes more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<RawConnection> OpenAsync(string address, int window, CancellationToken cancellationToken)
    {
        var server = new Uri(address);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
        return await OpenAsync(socket, window, cancellationToken);
    }

    /// <summary>Begins on a socket, which it owns.</summary>
    /// <param name="socket">A socket that is connected to the server.</param>
    /// <param name="window">As above.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<RawConnection> OpenAsync(Socket socket, int window, CancellationToken cancellationToken)
    {
        var connection = new RawConnection(socket);
        var setting = new byte[6];
        setting[1] = 4; // SETTINGS_INITIAL_WINDOW_SIZE
        BinaryPrimitives.WriteInt32BigEndian(setting.AsSpan(2), window);
        await connection.WriteAsync(
            (byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, setting)],
            cancellationToken
        );
        return connection;
    }

    /// <summary>Makes a call with a single message of at most 16 KiB.</summary>
    public async Task CallAsync(int stream, string path, byte[] message, string scheme, CancellationToken cancellationToken) =>
        await WriteAsync(
            (byte[])[.. CallHeaders(stream, path, scheme), .. Frame(RawFrame.Data, EndOfStream, stream, RawCall.Frame(message))],
            cancellationToken
        );

    /// <summary>Returns the frames that begin a call, send bytes and leave it open.</summary>
    /// <param name="stream">The call's number on its connection: odd, ascending.</param>
    /// <param name="path">The method.</param>
    /// <param name="body">The bytes.</param>
    /// <param name="metadata">Headers in addition to those of every call.</param>
    public static byte[] OpenCall(int stream, string path, byte[] body, params (string Name, string Value)[] metadata) =>
        [.. CallHeaders(stream, path, "http", metadata), .. body.Chunk(MaxFrame).SelectMany(part => Frame(RawFrame.Data, 0, stream, part))];

    /// <summary>Resets a call, as a client does that cancels it.</summary>
    public ValueTask ResetAsync(int stream, CancellationToken cancellationToken) => WriteAsync(Reset(stream), cancellationToken);

    /// <summary>Returns the frame that resets a call.</summary>
    public static byte[] Reset(int stream) => Frame(RawFrame.Reset, 0, stream, [0, 0, 0, Cancel]);

    /// <summary>Sends frames.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken) =>
        _stream.WriteAsync(frames, cancellationToken);

    /// <summary>Reads and forgets what the server sends, until it closes the connection.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) => _stream.CopyToAsync(Stream.Null, cancellationToken);

    /// <summary>Reads the next frame of a stream; skips those of the connection.</summary>
    public async Task<RawFrame> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var header = new byte[9];
            await _stream.ReadExactlyAsync(header, cancellationToken);
            var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
            await _stream.ReadExactlyAsync(payload, cancellationToken);
            var frame = new RawFrame(header[3], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
            if (frame.Stream != 0)
                return frame;
        }
    }

    public void Dispose() => _stream.Dispose();

    private static byte[] CallHeaders(int stream, string path, string scheme, params (string Name, string Value)[] metadata)
    {
        (string Name, string Value)[] all =
        [
            (":method", "POST"),
            (":scheme", scheme),
            (":path", path),
            (":authority", "codec"),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            .. metadata,
        ];
        byte[][] parts = [.. all.SelectMany(header => Literal(header.Name, header.Value)).Chunk(MaxFrame)];
        return
        [
            .. parts.SelectMany(
                (part, i) => Frame(i == 0 ? RawFrame.Headers : Continuation, i == parts.Length - 1 ? EndOfHeaders : (byte)0, stream, part)
            ),
        ];
    }

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

    // A literal that is not indexed, with a new name.
    private static byte[] Literal(string name, string value) =>
        [0, .. Length(name.Length), .. Encoding.ASCII.GetBytes(name), .. Length(value.Length), .. Encoding.ASCII.GetBytes(value)];

    // Seven bits; where they are all set, the rest follows, seven bits a byte, the lowest first.
    private static byte[] Length(int length)
    {
        if (length < 127)
            return [(byte)length];

        List<byte> bytes = [127];
        int rest = length - 127;
        for (; rest >= 128; rest >>= 7)
            bytes.Add((byte)(rest | 128));

        return [.. bytes, (byte)rest];
    }
}
