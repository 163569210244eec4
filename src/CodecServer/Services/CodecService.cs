using System.Runtime.CompilerServices;
using Codec.Models;
using Codec.Server.Coding;
using Codec.Server.Hosting;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Codec.Server.Services;

/// <summary>Serves encoding and decoding. When a queue is full, streams wait, and unary calls are refused after a short wait.</summary>
internal sealed class CodecService(
    ModelHost host,
    ImageEncoder encoder,
    FrameDecoder decoder,
    ServerLimits limits,
    Drain drain,
    IOptions<ServerOptions> server,
    IOptions<CodingOptions> coding
) : V1.CodecService.CodecServiceBase
{
    public override async Task<V1.EncodeResponse> Encode(V1.EncodeRequest request, ServerCallContext context)
    {
        using ModelLease lease = await host.AcquireAsync(request.Model, ChoiceOf(context), limits.UnaryPatience, context.CancellationToken);
        return await EncodeAsync(lease, request, wait: false, context);
    }

    public override Task EncodeStream(
        IAsyncStreamReader<V1.EncodeRequest> requestStream,
        IServerStreamWriter<V1.EncodeResponse> responseStream,
        ServerCallContext context
    ) =>
        RunAsync(
            requestStream,
            request => request.Model,
            new StreamModel(host, ChoiceOf(context)),
            isCode: false,
            (lease, request) => EncodeAsync(lease, request, wait: true, context),
            refusal => new V1.EncodeResponse { Refusal = refusal },
            answerBytes: 0,
            responseStream,
            context
        );

    public override async Task<V1.DecodeResponse> Decode(V1.DecodeRequest request, ServerCallContext context)
    {
        using ModelLease lease = await host.AcquireAsync(
            request.Model,
            VersionChoice.Only,
            limits.UnaryPatience,
            context.CancellationToken
        );
        FairBudget.Reservation room = await limits.TakeMessageAsync(
            context.Messages().Payer,
            decoder.MostBytes(lease, request.Frame.Memory, request.Head),
            limits.UnaryPatience,
            context.CancellationToken
        );
        context.Messages().KeepUntilEnd(room);
        V1.DecodeResponse response = await DecodeAsync(lease, request, wait: false, context);
        room.ShrinkTo(response.CalculateSize());
        return response;
    }

    public override Task DecodeStream(
        IAsyncStreamReader<V1.DecodeRequest> requestStream,
        IServerStreamWriter<V1.DecodeResponse> responseStream,
        ServerCallContext context
    ) =>
        RunAsync(
            requestStream,
            request => request.Model,
            new StreamModel(host, VersionChoice.Only),
            isCode: true,
            (lease, request) => DecodeAsync(lease, request, wait: true, context),
            refusal => new V1.DecodeResponse { Refusal = refusal },
            coding.Value.MaxDecodedBytes,
            responseStream,
            context
        );

    /// <summary>A stream keeps its choice while the alias stays the same; each unary call chooses anew.</summary>
    private static Func<AliasRecord, Digest> ChoiceOf(ServerCallContext context) => VersionChoice.By(context.Messages().Payer.Flow);

    private async Task<V1.EncodeResponse> EncodeAsync(ModelLease lease, V1.EncodeRequest request, bool wait, ServerCallContext context)
    {
        byte[][] codes = await encoder.EncodeAsync(
            context.Messages().Payer,
            lease,
            CodingMessages.ToSource(request.Image, request.Images),
            request.Quality,
            request.Effort,
            wait,
            context.CancellationToken
        );
        return codes.ToMessage(lease.Model.Version.Hex, request.Quality);
    }

    private async Task<V1.DecodeResponse> DecodeAsync(ModelLease lease, V1.DecodeRequest request, bool wait, ServerCallContext context) =>
        (
            await decoder.DecodeAsync(context.Messages().Payer, lease, request.Frame.Memory, request.Head, wait, context.CancellationToken)
        ).ToMessage();

    /// <summary>
    /// Answers a stream in order, reading ahead by the window. The version that a message names stays chosen until a message names another;
    /// each item loads it while it is in work. An item that is invalid by itself is refused in its place.
    /// </summary>
    /// <remarks>
    /// An item holds the room of its message, and that of its answer, until the answer is written. Room for answers is taken before the
    /// work begins, in the order of the items, so that no item waits for room that a later one holds.
    /// </remarks>
    private async Task RunAsync<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requests,
        Func<TRequest, string> reference,
        StreamModel ownedModel,
        bool isCode,
        Func<ModelLease, TRequest, Task<TResponse>> answer,
        Func<Google.Rpc.Status, TResponse> refuse,
        long answerBytes,
        IServerStreamWriter<TResponse> responses,
        ServerCallContext context
    )
        where TRequest : IMessage
        where TResponse : IMessage
    {
        using StreamModel model = ownedModel;
        await context.WriteLimitsAsync(server.Value, isCode ? 1 : coding.Value.MaxBatch);
        using CancellationTokenSource reading = context.LinkEnd(drain);
        var batch = new AnswerBatch();
        var next = new NextResult();
        await foreach (
            Answered<TResponse> answered in ReadAsync(reading.Token)
                .SelectAheadAsync(AnswerAsync, item => item.Request.CalculateSize(), limits.CodingWindow, next)
        )
        {
            using (answered)
            {
                responses.WriteOptions = batch.OptionsFor(answered.Response, next.IsReady);
                await responses.WriteAsync(answered.Response);
            }
        }

        async IAsyncEnumerable<Item<TRequest>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            IncomingMessages messages = context.Messages();
            await foreach (TRequest request in requests.ReadAllAsync(cancellationToken))
            {
                if (reference(request) is { Length: > 0 } named)
                    await model.NameAsync(named, cancellationToken);

                var item = new Item<TRequest>(
                    request,
                    model.Version ?? throw RequestException.Invalid("model", "the first message of a stream names the model."),
                    messages.TakeRoom()
                );
                if (answerBytes > 0)
                {
                    try
                    {
                        item.AnswerRoom = await limits.TakeMessageAsync(
                            messages.Payer,
                            answerBytes,
                            Timeout.InfiniteTimeSpan,
                            cancellationToken
                        );
                    }
                    catch
                    {
                        item.Dispose();
                        throw;
                    }
                }

                yield return item;
            }
        }

        async Task<Answered<TResponse>> AnswerAsync(Item<TRequest> item)
        {
            try
            {
                TResponse response;
                try
                {
                    using ModelLease lease = isCode
                        ? await model.AcquireAsync(item.Version, context.CancellationToken)
                        : await model.AcquireOrMoveAsync(item.Version, context.CancellationToken);
                    response = await answer(lease, item.Request);
                }
                catch (Exception exception) when (RequestRefusal.OfItem(exception) is { } refusal)
                {
                    response = refuse(refusal.ToStatus());
                }

                item.AnswerRoom?.ShrinkTo(response.CalculateSize());
                return new Answered<TResponse>(response, item);
            }
            catch
            {
                item.Dispose();
                throw;
            }
        }
    }

    /// <summary>A request, the version that it means, and the room that it holds.</summary>
    private sealed class Item<TRequest>(TRequest request, Digest version, IDisposable? room) : IDisposable
    {
        public TRequest Request => request;

        public Digest Version => version;

        public FairBudget.Reservation? AnswerRoom { get; set; }

        public void Dispose()
        {
            room?.Dispose();
            AnswerRoom?.Dispose();
        }
    }

    /// <summary>An answer, and what it holds until it is written.</summary>
    private sealed class Answered<TResponse>(TResponse response, IDisposable item) : IDisposable
    {
        public TResponse Response => response;

        public void Dispose() => item.Dispose();
    }
}
