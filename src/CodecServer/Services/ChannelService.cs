using Codec.Server.Channels;
using Codec.Server.Hosting;
using Codec.Server.Identity;
using Codec.Server.Limits;
using Codec.Server.Options;
using Codec.Server.Stores;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Codec.Server.Services;

/// <summary>Serves channels: durable, ordered streams of codes.</summary>
internal sealed class ChannelService(
    IChannelLog log,
    ProducerStreams producers,
    Subscriptions subscriptions,
    Drain drain,
    IOptions<ServerOptions> server
) : V1.ChannelService.ChannelServiceBase
{
    /// <summary>Most channels or consumers of an answer: at 180 bytes each, less than half of 4 MiB.</summary>
    private const int MostListed = 10_000;

    public override async Task<V1.CreateChannelResponse> CreateChannel(V1.CreateChannelRequest request, ServerCallContext context)
    {
        string name = context.RequireAccess(Require.Name("name", request.Name));
        Retention retention = Require.Retention(request.Retention);
        (ChannelRecord channel, bool isNew) = await log.CreateAsync(name, retention, context.CancellationToken);
        if (!isNew)
            AuditInterceptor.SetOutcome(context, AuditLog.Existed);
        return new V1.CreateChannelResponse { Channel = channel.ToMessage() };
    }

    public override async Task<V1.ListChannelsResponse> ListChannels(V1.ListChannelsRequest request, ServerCallContext context)
    {
        const string list = "channels";
        PageRequest page = Paging.Read(list, request.PageSize, request.PageToken, MostListed);
        Page<ChannelRecord> channels = Paging.Cut(
            [
                .. (await log.ListAsync(context.CancellationToken)).Where(channel =>
                    CallRules.Of(context.Method).Admits(context.GetCaller(), channel.Name)
                ),
            ],
            channel => channel.Name,
            page
        );
        return new V1.ListChannelsResponse
        {
            Channels = { channels.Items.Select(ChannelMessages.ToMessage) },
            NextPageToken = Paging.Token(list, channels.Next),
        };
    }

    public override async Task<V1.GetChannelResponse> GetChannel(V1.GetChannelRequest request, ServerCallContext context)
    {
        string name = context.RequireAccess(Require.Name("name", request.Name));
        return new V1.GetChannelResponse { Channel = (await log.GetAsync(name, context.CancellationToken)).ToMessage() };
    }

    public override async Task<V1.DeleteChannelResponse> DeleteChannel(V1.DeleteChannelRequest request, ServerCallContext context)
    {
        await log.DeleteAsync(context.RequireAccess(Require.Name("name", request.Name)), context.CancellationToken);
        return new V1.DeleteChannelResponse();
    }

    public override async Task Publish(
        IAsyncStreamReader<V1.PublishRequest> requestStream,
        IServerStreamWriter<V1.PublishResponse> responseStream,
        ServerCallContext context
    )
    {
        await context.WriteLimitsAsync(server.Value);

        // Draining ends only the reading: the items that were read are stored and acknowledged before the stream ends.
        using CancellationTokenSource reading = context.LinkEnd(drain);
        IncomingMessages incoming = context.Messages();
        await using ProducerStream stream = producers.Create(incoming.Payer, context.GetCaller().Name, StatusMessages.Write);
        IAsyncEnumerable<ProducerMessage> messages = requestStream
            .ReadAllAsync(reading.Token)
            .Select(request => Admit(request.ToProducerMessage() with { Room = incoming.TakeRoom() }, context));
        var batch = new AnswerBatch();
        var next = new NextResult();
        await foreach (ProducerAnswer answered in stream.RunAsync(messages, next, context.CancellationToken))
        {
            V1.PublishResponse answer = answered.ToMessage();
            responseStream.WriteOptions = batch.OptionsFor(answer, next.IsReady);
            await responseStream.WriteAsync(answer);
        }

        stream.Complete();
    }

    public override async Task Subscribe(
        V1.SubscribeRequest request,
        IServerStreamWriter<V1.SubscribeResponse> responseStream,
        ServerCallContext context
    )
    {
        using CancellationTokenSource end = context.LinkEnd(drain);
        Subscription subscription = await subscriptions.OpenAsync(Admit(request.ToSubscription(), context), end.Token);

        var frames = (AnswerWriter<V1.SubscribeResponse>)responseStream;

        // The headers confirm that the position is fixed, even if there is nothing to send yet.
        await context.WriteResponseHeadersAsync([]);
        await foreach (SubscriptionEvent part in subscriptions.ReadAsync(context.Messages().Payer, subscription, end.Token))
        {
            // A frame that holds room must be read in time; a small one may be read at any pace.
            await (
                part is FrameRead { HoldsRoom: true }
                    ? frames.WriteAsync(part.ToMessage(), CancellationToken.None)
                    : frames.WriteAtAnyPaceAsync(part.ToMessage(), end.Token)
            );
        }
    }

    public override async Task<V1.CommitConsumerResponse> CommitConsumer(V1.CommitConsumerRequest request, ServerCallContext context)
    {
        string consumer = Require.Name("consumer", request.Consumer);
        ChannelRecord channel = await log.GetAsync(
            context.RequireAccess(Require.Name("channel", request.Channel)),
            context.CancellationToken
        );
        ConsumerRecord committed = await log.CommitAsync(
            channel.Id,
            consumer,
            request.NextSequence,
            request.AllowRewind,
            context.CancellationToken
        );
        return new V1.CommitConsumerResponse { Consumer = committed.ToMessage() };
    }

    public override async Task<V1.ListConsumersResponse> ListConsumers(V1.ListConsumersRequest request, ServerCallContext context)
    {
        string list = $"consumers {context.RequireAccess(Require.Name("channel", request.Channel))}";
        PageRequest page = Paging.Read(list, request.PageSize, request.PageToken, MostListed);
        ChannelRecord channel = await log.GetAsync(request.Channel, context.CancellationToken);
        Page<ConsumerRecord> consumers = Paging.Cut(
            await log.ListConsumersAsync(channel.Id, context.CancellationToken),
            consumer => consumer.Name,
            page
        );
        return new V1.ListConsumersResponse
        {
            Consumers = { consumers.Items.Select(ChannelMessages.ToMessage) },
            NextPageToken = Paging.Token(list, consumers.Next),
        };
    }

    public override async Task<V1.DeleteConsumerResponse> DeleteConsumer(V1.DeleteConsumerRequest request, ServerCallContext context)
    {
        string consumer = Require.Name("consumer", request.Consumer);
        ChannelRecord channel = await log.GetAsync(
            context.RequireAccess(Require.Name("channel", request.Channel)),
            context.CancellationToken
        );
        await log.DeleteConsumerAsync(channel.Id, consumer, context.CancellationToken);
        return new V1.DeleteConsumerResponse();
    }

    private static ProducerMessage Admit(ProducerMessage message, ServerCallContext context)
    {
        if (message is ProducerHeader header)
            context.RequireAccess(header.Channel);

        return message;
    }

    private static SubscriptionRequest Admit(SubscriptionRequest request, ServerCallContext context)
    {
        context.RequireAccess(request.Channel);
        return request;
    }
}
