using System.Net.Sockets;

namespace Codec.Tests.Abuse;

/// <summary>Connections that say nothing, so that there are none left for others.</summary>
internal static class SilentConnections
{
    private const int Count = 300;

    public static async Task RunAsync(Peer peer, CancellationToken end)
    {
        var sockets = new List<Socket>();
        try
        {
            while (sockets.Count < Count)
                sockets.Add(await peer.ConnectAsync(end));
            await Attack.HoldAsync([], end);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }
}
