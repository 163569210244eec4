using System.Net;
using System.Net.Sockets;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>
/// A server on a free port of the loopback that is not the one a client looks for; each connection is handled as the test says.
/// </summary>
internal sealed class StrangeServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private int _connections;

    public StrangeServer(Func<NetworkStream, Task> handle)
    {
        _listener.Start();
        _ = AcceptAsync(handle);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections came.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>A port on which nothing listens.</summary>
    public static int FreePort()
    {
        using var server = new StrangeServer(_ => Task.CompletedTask);
        return server.Port;
    }

    /// <summary>Answers the first bytes with these, and stays until the client leaves.</summary>
    public static StrangeServer Answering(byte[] answer) =>
        new(async stream =>
        {
            await stream.ReadAtLeastAsync(new byte[1], 1);
            await stream.WriteAsync(answer);
            await stream.CopyToAsync(Stream.Null);
        });

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync(Func<NetworkStream, Task> handle)
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _connections);
            _ = HandleAsync(client, handle);
        }
    }

    private static async Task HandleAsync(TcpClient client, Func<NetworkStream, Task> handle)
    {
        using (client)
        {
            try
            {
                await handle(client.GetStream());
            }
            catch (IOException)
            {
                // The client left first.
            }
        }
    }
}
