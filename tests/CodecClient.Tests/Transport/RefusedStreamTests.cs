using System.Collections.Concurrent;
using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace Codec.Client.Tests.Transport;

/// <summary>
/// A server refuses a stream with HTTP/2's REFUSED_STREAM after its first message was sent. HttpClient then repeats the request by itself,
/// which must not reach the server without the messages that the first one had.
/// </summary>
public sealed class RefusedStreamTests
{
    private const int RefusedStream = 7;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task UploadModel_StreamRefused_IsSentAgainFromItsHeader()
    {
        var first = new ConcurrentQueue<V1.UploadBlobRequest?>();
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnQuery = _ => new V1.QueryBlobResponse();
        server.Models.OnUpload = async (parts, context) =>
        {
            first.Enqueue(await parts.MoveNext(Token) ? parts.Current : null);
            if (first.Count == 1)
                await RefuseAsync(context);
            while (await parts.MoveNext(Token)) { }
            return new V1.UploadBlobResponse { Complete = true };
        };
        using CodecClient client = Clients.Create(server.Address);

        await client.UploadModelAsync(SmallModel.Create(), cancellationToken: Token).SoonAsync();

        Assert.All(first, part => Assert.Equal(V1.UploadBlobRequest.PartOneofCase.Header, part?.PartCase));
        Assert.Equal(SmallModel.Create().Manifest.Blobs.Count() + 1, first.Count);
    }

    [Fact]
    public async Task OpenPublisher_StreamRefused_IsSentAgainFromItsHeader()
    {
        var first = new ConcurrentQueue<V1.PublishRequest?>();
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(SmallModel.Create());
        server.Channels.OnPublish = async (requests, responses, context) =>
        {
            first.Enqueue(await requests.MoveNext(Token) ? requests.Current : null);
            if (first.Count == 1)
                await RefuseAsync(context);
            await responses.WriteAsync(new V1.PublishResponse { Version = SmallModel.Create().Version.Hex, ProducerEpoch = 1 }, Token);
            while (await requests.MoveNext(Token)) { }
        };
        using CodecClient client = Clients.Create(server.Address);

        await using ChannelPublisher publisher = await client
            .OpenPublisherAsync("faces", "small-8", 1, cancellationToken: Token)
            .SoonAsync();

        Assert.Equal(2, first.Count);
        Assert.All(first, part => Assert.Equal(V1.PublishRequest.PartOneofCase.Header, part?.PartCase));
    }

    private static async Task RefuseAsync(ServerCallContext context)
    {
        context.GetHttpContext().Features.GetRequiredFeature<IHttpResetFeature>().Reset(RefusedStream);
        // The reset cancels the call, which ends this wait.
        await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
    }
}
