using System.Collections.Concurrent;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>What one connection of a subscription sends.</summary>
internal delegate Task Script(V1.SubscribeRequest request, Sender sender);

/// <summary>
/// A channel of a scripted server: each connection of a subscription runs the next script; after the last one, that one is repeated.
/// </summary>
internal sealed class ScriptedChannel
{
    private readonly Script[] _scripts;
    private int _connections;

    public ScriptedChannel(ScriptedServer server, params Script[] scripts)
    {
        _scripts = scripts;
        server.Channels.OnSubscribe = (request, stream, context) =>
        {
            Requests.Enqueue(request);
            int index = Interlocked.Increment(ref _connections) - 1;
            return _scripts[Math.Min(index, _scripts.Length - 1)](request, new Sender(stream, context));
        };
    }

    /// <summary>The requests of the connections, in order.</summary>
    public ConcurrentQueue<V1.SubscribeRequest> Requests { get; } = new();
}

/// <summary>The server's side of one connection of a subscription.</summary>
internal sealed class Sender(IServerStreamWriter<V1.SubscribeResponse> stream, ServerCallContext context)
{
    public static ModelPackage Package { get; } = SmallModel.Create();

    private static readonly CodecModel Model = CodecModel.Load(Package);

    public CancellationToken Ended => context.CancellationToken;

    /// <summary>The header that names the caller's span; null if there is none.</summary>
    public string? TraceParent => context.RequestHeaders.GetValue("traceparent");

    /// <summary>The code of the image whose seed is its sequence.</summary>
    public static byte[] Code(long sequence) => Model.Encode(SmallModel.Image((int)sequence), SmallModel.Side, SmallModel.Side, 1);

    /// <summary>What a client decodes from <see cref="Code"/>.</summary>
    public static byte[] Pixels(long sequence) => Model.Decode(Code(sequence), 1).Samples;

    /// <summary>Sends the response headers, and nothing else.</summary>
    public Task OpenAsync() => context.WriteResponseHeadersAsync([]);

    public Task PositionAsync(long next, bool sparse = false) =>
        SendAsync(
            new V1.SubscribeResponse
            {
                Position = new V1.SubscribeResponse.Types.Position { NextSequence = next, Sparse = sparse },
            }
        );

    public Task HeaderAsync(long next, ModelPackage? package = null) =>
        SendAsync(
            new V1.SubscribeResponse
            {
                Header = new V1.SubscribeResponse.Types.Header
                {
                    Model = (package ?? Package).Manifest.Name,
                    Version = (package ?? Package).Version.Hex,
                    NextSequence = next,
                },
            }
        );

    /// <summary>Sends the codes of these sequences as one frame, with the gaps between them.</summary>
    public Task FrameAsync(params long[] sequences) => FrameAsync(sequences, CodeInfo.None);

    public Task FrameAsync(long[] sequences, CodeInfo info) =>
        RawFrameAsync(
            sequences[0],
            CodeFrame.Write(
                1,
                [.. sequences.Select(sequence => (ReadOnlyMemory<byte>)Code(sequence))],
                info: new FrameInfo(
                    info == CodeInfo.None ? [] : [.. sequences.Select(_ => info)],
                    [.. sequences.Select((sequence, i) => i == 0 ? 0 : sequence - sequences[i - 1] - 1)]
                )
            )
        );

    public Task RawFrameAsync(long first, byte[] frame) =>
        SendAsync(new V1.SubscribeResponse { FirstSequence = first, Frame = ByteString.CopyFrom(frame) });

    public Task DamageAsync(long first, long count) =>
        SendAsync(
            new V1.SubscribeResponse
            {
                Damage = new V1.SubscribeResponse.Types.Damage
                {
                    FirstSequence = first,
                    Count = count,
                    Message = "checksum",
                },
            }
        );

    public Task SendAsync(V1.SubscribeResponse response) => stream.WriteAsync(response);

    /// <summary>Cuts the connection, as an unplugged cable does.</summary>
    public void Cut() => ScriptedServer.Cut(context);

    /// <summary>Sends nothing more until the client ends the call.</summary>
    public Task StayAsync() => Task.Delay(Timeout.Infinite, Ended);
}
