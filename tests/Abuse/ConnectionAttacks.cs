using System.Net.Sockets;
using Codec.Tests.Shared.Wire;
using Google.Protobuf;

namespace Codec.Tests.Abuse;

/// <summary>Connections that are cheap for a peer: what each may make the server hold is multiplied by their number.</summary>
internal static class ConnectionAttacks
{
    /// <summary>As many as an address may have.</summary>
    private const int Most = 512;

    /// <summary>Bytes that a call may send before the server reads them: the window of a stream.</summary>
    private const int Window = 256 << 10;

    /// <summary>Opens connections that say nothing, so that there are none left for others.</summary>
    public static Task StaySilentAsync(Peer peer, CancellationToken end) => OpenAsync(peer, 300, [], end);

    /// <summary>Opens streams of large messages that wait for room, up to the windows of streams and connection.</summary>
    public static AttackOnce SendUnread() =>
        Call("/codec.v1.CodecService/EncodeStream", streams: 15, [.. RawCall.Frame(new byte[1 << 20]).AsSpan(..Window)]);

    /// <summary>Opens as many calls as a connection allows, none of which reads its answers.</summary>
    public static AttackOnce LeaveUnread() =>
        Call(
            "/codec.v1.ChannelService/Subscribe",
            streams: 100,
            RawCall.Frame(new V1.SubscribeRequest { Channel = "small", Start = true }.ToByteArray())
        );

    private static AttackOnce Call(string method, int streams, byte[] body)
    {
        byte[] frames = [.. Enumerable.Range(0, streams).SelectMany(i => RawConnection.OpenCall(2 * i + 1, method, body))];
        return (peer, end) => OpenAsync(peer, Most, frames, end);
    }

    private static async Task OpenAsync(Peer peer, int count, byte[] frames, CancellationToken end)
    {
        var connections = new List<IDisposable>();
        try
        {
            while (connections.Count < count)
            {
                Socket socket = await peer.ConnectAsync(end);
                connections.Add(socket);
                if (frames.Length > 0)
                    _ = SendAsync(socket, frames, end);
            }

            await Attack.HoldAsync([], end);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task SendAsync(Socket socket, byte[] frames, CancellationToken end)
    {
        try
        {
            RawConnection connection = await RawConnection.OpenAsync(socket, window: 0, end);
            await connection.WriteAsync(frames, end);
            await connection.DrainAsync(end);
        }
        catch (Exception exception) when (Attack.IsExpected(exception) || exception is ObjectDisposedException)
        {
            // The server closed it, or the attack ends.
        }
    }
}
