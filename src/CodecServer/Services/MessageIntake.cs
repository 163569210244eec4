using System.Collections.Concurrent;
using System.IO.Pipelines;
using Codec.Models;
using Codec.Server.Identity;
using Codec.Server.Limits;
using Codec.Server.Options;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Codec.Server.Services;

/// <summary>Puts <see cref="IncomingMessages"/> before each call, with the rules of its method.</summary>
internal sealed class MessageIntake(
    RequestDelegate next,
    ServerLimits limits,
    IOptions<LimitOptions> options,
    IOptions<ServerOptions> server,
    TimeProvider time
)
{
    /// <summary>
    /// Maximum number of bytes of a request without an image, code, manifest or chunk: a subscription with 100 keys of 128 bytes has 13 KB.
    /// </summary>
    private const int NamingBytes = ServerLimits.SmallMessageBytes;

    /// <summary>Bytes of a message in addition to its manifest or chunk: field tags, and the publisher's name.</summary>
    private const int EnvelopeBytes = 4 << 10;

    private const string SmallerItem =
        "Send an image file instead of pixels, a smaller image, or codes that the client encodes. "
        + "--max-message-bytes sets the limit of messages with images or frames.";

    private const string SmallerManifest = "The files of a model are uploaded as blobs; its manifest only names them.";

    private const string SmallerChunk = "Divide the blob into more messages.";

    private const string FewerNames = "It takes names and numbers only: send fewer or shorter ones.";

    private readonly ConcurrentDictionary<string, MessageRules> _rules = new();

    /// <summary>Runs the call; returns the room of its messages at its end.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method is not { } method)
        {
            await next(context);
            return;
        }

        using var messages = new IncomingMessages(
            context,
            context.Request.BodyReader,
            _rules.GetOrAdd(method.FullName, static (_, state) => state.Self.RulesOf(state.Method), (Self: this, Method: method)),
            limits,
            PayerOf(context),
            time
        );
        context.Features.Set<IRequestBodyPipeFeature>(messages);
        context.Features.Set(messages);
        await next(context);
        await TakeAsync(context);
    }

    /// <summary>
    /// Waits until a large answer was taken, so that it keeps its call with the room and the time limit. Otherwise it would be in memory
    /// for as long as its connection stays, whether the caller reads it or not.
    /// </summary>
    private static async Task TakeAsync(HttpContext context)
    {
        PipeWriter answer = context.Response.BodyWriter;
        if (answer is { CanGetUnflushedBytes: true, UnflushedBytes: >= ServerLimits.UntakenBytes })
        {
            Task taken = answer.FlushAsync(context.RequestAborted).AsTask();
            await taken.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Returns to whom a call is charged: the caller's name, or its address if it proved none.
    /// </summary>
    private static Payer PayerOf(HttpContext context)
    {
        // No address has a space in it.
        string caller = context.Features.GetRequiredFeature<CallerSession>().Caller.Name is { } name
            ? $"name {name}"
            : CallerAddress.Of(context.Connection.RemoteIpAddress);
        return new Payer(caller, context.Connection.Id, context.TraceIdentifier);
    }

    private MessageRules RulesOf(IMethod method)
    {
        (int maxBytes, string remedy, bool hasHeader) = (method.ServiceName, method.Name) switch
        {
            ("codec.v1.CodecService", "Encode" or "EncodeStream" or "Decode" or "DecodeStream") => (
                server.Value.MaxMessageBytes,
                SmallerItem,
                false
            ),
            ("codec.v1.ChannelService", "Publish") => (server.Value.MaxMessageBytes, SmallerItem, true),
            ("codec.v1.ModelService", "PublishVersion") => (ModelLimits.MaxManifestBytes + EnvelopeBytes, SmallerManifest, false),
            ("codec.v1.ModelService", "UploadBlob") => (Models.BlobUploads.MaxChunk + EnvelopeBytes, SmallerChunk, true),
            _ => (NamingBytes, FewerNames, false),
        };
        bool isSingle = method.Type is MethodType.Unary or MethodType.ServerStreaming;
        return new MessageRules(
            maxBytes,
            remedy,
            isSingle,
            isSingle || hasHeader,
            TimeSpan.FromSeconds(options.Value.MessageGraceSeconds),
            options.Value.MessageBytesPerSecond
        );
    }
}
