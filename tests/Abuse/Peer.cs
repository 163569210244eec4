using System.Net;
using System.Net.Sockets;
using Codec.Tests.Shared.Wire;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Codec.Tests.Abuse;

/// <summary>
/// A peer with an address of its own, on a connection that it opens itself: the server counts callers by their addresses, and every address
/// of 127.0.0.0/8 is this machine.
/// </summary>
public sealed class Peer : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly IPEndPoint _from;

    /// <param name="address">The server's address.</param>
    /// <param name="from">The peer's address.</param>
    public Peer(Uri address, string from)
    {
        _address = address;
        _from = new IPEndPoint(IPAddress.Parse(from), 0);
        _http = new HttpClient(CreateHandler());
        Channel = GrpcChannel.ForAddress(
            address,
            new GrpcChannelOptions
            {
                HttpHandler = CreateHandler(),
                DisposeHttpClient = true,
                MaxReceiveMessageSize = null,
            }
        );
    }

    /// <summary>For calls that a client makes.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>Opens a connection on which nothing is said; owned by the caller.</summary>
    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(_from);
            await socket.ConnectAsync(IPAddress.Parse(_address.Host), _address.Port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Makes a unary call with a request that is shared by many: it is not copied.</summary>
    /// <exception cref="RpcException">The call failed.</exception>
    internal async Task CallAsync(string method, byte[] request, CancellationToken cancellationToken)
    {
        RawAnswer answer = await RawCall.SendAsync(_http, _address.ToString(), method, request, cancellationToken);
        if (answer.Status != 0)
            throw new RpcException(new Status((StatusCode)answer.Status, answer.Message));
    }

    /// <summary>Begins a call and sends a message a number of times, which may be more than the server takes.</summary>
    internal OpenCall Begin(string method, IMessage message, int copies = 1)
    {
        byte[] frame = RawCall.Frame(message.ToByteArray());
        return Begin(method, [.. Enumerable.Repeat(frame, copies).SelectMany(part => part)]);
    }

    /// <summary>Begins a call and sends bytes.</summary>
    internal OpenCall Begin(string method, byte[] bytes)
    {
        var call = new OpenCall(_http, _address.ToString(), method);
        call.Send(bytes);
        return call;
    }

    public void Dispose()
    {
        Channel.Dispose();
        _http.Dispose();
    }

    private SocketsHttpHandler CreateHandler() =>
        new()
        {
            EnableMultipleHttp2Connections = true,
            ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ConnectAsync(cancellationToken), ownsSocket: true),
        };
}
