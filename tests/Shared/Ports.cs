using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Codec.Tests.Shared;

/// <summary>Ports of the loopback interface.</summary>
public static class Ports
{
    // Below the range from which Linux, macOS and Windows choose ports themselves: a test beside this one that listens on port 0, or that
    // connects to a server, never receives a port that this class has given out.
    private const int First = 20_000;
    private const int Count = 10_000;

    /// <summary>A port on which nothing listens, for a server that starts later or never.</summary>
    public static int Free()
    {
        while (true)
        {
            int port = First + RandomNumberGenerator.GetInt32(Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another program listens there: try the next.
            }
        }
    }
}
