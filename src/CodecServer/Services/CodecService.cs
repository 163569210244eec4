using System.Runtime.CompilerServices;
using Codec.Server.Coding;
using Codec.Server.Hosting;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Codec.Server.Services;

/// <summary>Serves encoding and decoding. When the queue is full, unary calls are refused and streams wait.</summary>
internal sealed class CodecService(
    ModelHost host,
    ImageEncoder encoder,
    FrameDecoder decoder,
    ServerLimits limits,
    Drain drain,
    IOptions<ServerOptions> server
) : V1.CodecService.CodecServiceBase
{
    public override async Task<V1.EncodeResponse> Encode(V1.EncodeRequest request, ServerCallContext context)
    {
        using ModelLease lease = await host.AcquireAsync(request.Model, context.CancellationToken);
        return await EncodeAsync(lease, request, wait: false, context.CancellationToken);
    }

    public override Task EncodeStream(
        IAsyncStreamReader<V1.EncodeRequest> requestStream,
        IServerStreamWriter<V1.EncodeResponse> responseStream,
        ServerCallContext context
    ) =>
        RunAsync(
            requestStream,
            request => request.Model,
            (lease, request) => EncodeAsync(lease, request, wait: true, context.CancellationToken),
            refusal => new V1.EncodeResponse { Refusal = refusal },
            responseStream,
            context
        );

    public override async Task<V1.DecodeResponse> Decode(V1.DecodeRequest request, ServerCallContext context)
    {
        using ModelLease lease = await host.AcquireAsync(request.Model, context.CancellationToken);
        return await DecodeAsync(lease, request, wait: false, context.CancellationToken);
    }

    public override Task DecodeStream(
        IAsyncStreamReader<V1.DecodeRequest> requestStream,
        IServerStreamWriter<V1.DecodeResponse> responseStream,
        ServerCallContext context
    ) =>
        RunAsync(
            requestStream,
            request => request.Model,
            (lease, request) => DecodeAsync(lease, request, wait: true, context.CancellationToken),
            refusal => new V1.DecodeResponse { Refusal = refusal },
            responseStream,
            context
        );

    private async Task<V1.EncodeResponse> EncodeAsync(
        ModelLease lease,
        V1.EncodeRequest request,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        byte[] code = await encoder.EncodeAsync(lease, CodingMessages.ToSource(request.Image), request.Quality, wait, cancellationToken);
        return new V1.EncodeResponse
        {
            Version = lease.Model.Version.Hex,
            Quality = request.Quality,
            Code = UnsafeByteOperations.UnsafeWrap(code),
        };
    }

    private async Task<V1.DecodeResponse> DecodeAsync(
        ModelLease lease,
        V1.DecodeRequest request,
        bool wait,
        CancellationToken cancellationToken
    ) => (await decoder.DecodeAsync(lease, request.Frame.Memory, request.Head, wait, cancellationToken)).ToMessage();

    /// <summary>
    /// Answers a stream in order, reading ahead by the window. A model stays in use until a message names another. An invalid item is
    /// refused in order, and the stream continues.
    /// </summary>
    private async Task RunAsync<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requests,
        Func<TRequest, string> reference,
        Func<ModelLease, TRequest, Task<TResponse>> answer,
        Func<Google.Rpc.Status, TResponse> refuse,
        IServerStreamWriter<TResponse> responses,
        ServerCallContext context
    )
        where TRequest : IMessage
    {
        await context.WriteLimitsAsync(server.Value);
        using CancellationTokenSource reading = drain.Link(context.CancellationToken);
        ModelLease? current = null;
        try
        {
            await foreach (
                TResponse response in ReadAsync(reading.Token)
                    .SelectAheadAsync(AnswerAsync, request => request.CalculateSize(), limits.CodingWindow)
            )
            {
                await responses.WriteAsync(response);
            }
        }
        finally
        {
            current?.Dispose();
        }

        async IAsyncEnumerable<TRequest> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (TRequest request in requests.ReadAllAsync(cancellationToken))
            {
                if (reference(request) is { Length: > 0 } named)
                {
                    ModelLease next = await host.AcquireAsync(named, cancellationToken);
                    current?.Dispose();
                    current = next;
                }

                yield return request;
            }
        }

        // The pipeline starts this before it reads the next message, so that the current lease is still this message's.
        async Task<TResponse> AnswerAsync(TRequest request)
        {
            using ModelLease lease =
                current?.Share() ?? throw RequestException.Invalid("model", "the first message of a stream names the model.");
            try
            {
                return await answer(lease, request);
            }
            catch (Exception exception) when (RequestRefusal.OfItem(exception) is { } refusal)
            {
                return refuse(refusal.ToStatus());
            }
        }
    }
}
