using Codec.Frames;
using Codec.Models;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>A publishing stream as the scripted server sees it.</summary>
internal sealed class PublishCall(
    IAsyncStreamReader<V1.PublishRequest> requests,
    IServerStreamWriter<V1.PublishResponse> responses,
    ServerCallContext context
)
{
    /// <summary>The version that the model resolves to.</summary>
    public static Digest Version { get; } = Digest.Of([1]);

    /// <summary>Receives the header and answers it.</summary>
    public async Task<V1.PublishRequest.Types.Header> GreetAsync(long epoch = 1, long last = 0, Digest? version = null)
    {
        V1.PublishRequest.Types.Header header = await HeaderAsync();
        await WriteAsync(
            new V1.PublishResponse
            {
                Version = (version ?? Version).Hex,
                ProducerEpoch = epoch,
                LastProducerSequence = last,
            }
        );
        return header;
    }

    /// <summary>Announces how many bytes a request may have, as the real server does when a call opens.</summary>
    public Task LimitAsync(int maxBytes) => context.WriteResponseHeadersAsync(ScriptedServer.Limit(maxBytes));

    /// <summary>Receives the header.</summary>
    public async Task<V1.PublishRequest.Types.Header> HeaderAsync() => (await NextAsync()).Header;

    /// <summary>Receives the next message; fails if the client completes the stream instead.</summary>
    public async Task<V1.PublishRequest> NextAsync()
    {
        Assert.True(await requests.MoveNext(context.CancellationToken));
        return requests.Current;
    }

    public Task AcknowledgeAsync(long first, int count = 1) => WriteAsync(new V1.PublishResponse { FirstSequence = first, Count = count });

    public Task RefuseAsync(StatusCode code, string message) =>
        WriteAsync(
            new V1.PublishResponse
            {
                Refusal = new RpcStatus { Code = (int)code, Message = message },
            }
        );

    public Task WriteAsync(V1.PublishResponse response) => responses.WriteAsync(response);

    /// <summary>Acknowledges every item, from a sequence on, until the client completes the stream.</summary>
    /// <returns>The received items.</returns>
    public async Task<List<V1.PublishRequest>> ServeAsync(long next = 1)
    {
        var taken = new List<V1.PublishRequest>();
        while (await requests.MoveNext(context.CancellationToken))
        {
            taken.Add(requests.Current);
            int count = requests.Current.Frame.IsEmpty ? 1 : CodeFrame.ReadHeader(requests.Current.Frame.Span).Count;
            await AcknowledgeAsync(next, count);
            next += count;
        }

        return taken;
    }

    /// <summary>Does nothing until the client ends the call.</summary>
    public Task HangAsync() => Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);

    /// <summary>Cuts the connection, as an unplugged cable does.</summary>
    public void Cut() => ScriptedServer.Cut(context);

    /// <summary>A status with a reason, as the server sends it.</summary>
    public static RpcException Failure(StatusCode code, string reason, string message)
    {
        var info = new ErrorInfo { Reason = reason, Domain = "codec" };
        return new RpcStatus
        {
            Code = (int)code,
            Message = message,
            Details = { Any.Pack(info) },
        }.ToRpcException();
    }
}
