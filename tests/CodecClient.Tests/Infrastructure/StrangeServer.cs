using System.Net;
using System.Net.Sockets;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>A server on a free loopback port that is not a Codec server; each connection is handled as the test specifies.</summary>
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

    /// <summary>Number of connections that were accepted.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Answers the first received bytes with these, and keeps the connection open until the client closes it.</summary>
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
                // The client closed the connection first.
            }
        }
    }
}
