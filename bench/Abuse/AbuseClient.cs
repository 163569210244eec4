using System.Net;
using System.Net.Sockets;
using Codec.Tests.Shared.Wire;
using Google.Protobuf;
using Grpc.Net.Client;

namespace Codec.Bench.Abuse;

/// <summary>
/// A peer with an address of its own, on a connection that it opens itself: the server counts callers by their addresses, and every address
/// of 127.0.0.0/8 is this machine.
/// </summary>
internal sealed class AbuseClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _address;

    /// <param name="address">The server's address.</param>
    /// <param name="from">The peer's address.</param>
    public AbuseClient(Uri address, string from)
    {
        _address = address.ToString();
        _http = new HttpClient(Handler(from));
        Channel = GrpcChannel.ForAddress(
            address,
            new GrpcChannelOptions
            {
                HttpHandler = Handler(from),
                DisposeHttpClient = true,
                MaxReceiveMessageSize = null,
            }
        );
    }

    /// <summary>For calls that a client makes.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>Begins a call and sends messages, of which the last lacks some bytes.</summary>
    public OpenCall Begin(string method, IMessage message, int copies = 1)
    {
        var call = new OpenCall(_http, _address, method);
        byte[] frame = RawCall.Frame(message.ToByteArray());
        call.Send([.. Enumerable.Repeat(frame, copies).SelectMany(part => part)]);
        return call;
    }

    /// <summary>Begins a call and sends bytes.</summary>
    public OpenCall Begin(string method, byte[] bytes)
    {
        var call = new OpenCall(_http, _address, method);
        call.Send(bytes);
        return call;
    }

    public void Dispose()
    {
        Channel.Dispose();
        _http.Dispose();
    }

    private static SocketsHttpHandler Handler(string from) =>
        new()
        {
            EnableMultipleHttp2Connections = true,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    socket.Bind(new IPEndPoint(IPAddress.Parse(from).MapToIPv6(), 0));
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
}
