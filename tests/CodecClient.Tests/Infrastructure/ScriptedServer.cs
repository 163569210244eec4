using Codec.Models;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>
/// A server that misbehaves as a test scripts it, to inject failures that the real server does not produce. A call without a script fails
/// with UNIMPLEMENTED, which no client treats as a temporary failure.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedServer(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public ScriptedModels Models => _app.Services.GetRequiredService<ScriptedModels>();

    public ScriptedCoding Coding => _app.Services.GetRequiredService<ScriptedCoding>();

    public ScriptedChannels Channels => _app.Services.GetRequiredService<ScriptedChannels>();

    /// <summary>Starts on a free port; a test writes the script before its client knows the address.</summary>
    public static Task<ScriptedServer> StartAsync() => StartAsync("http://127.0.0.1:0", _ => { });

    /// <summary>Starts at an address that clients may try already.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="script">Writes the script, before the first call can arrive.</param>
    public static async Task<ScriptedServer> StartAsync(string address, Action<ScriptedServer> script)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2)
        );
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<ScriptedModels>().AddSingleton<ScriptedCoding>().AddSingleton<ScriptedChannels>();
        WebApplication app = builder.Build();
        app.MapGrpcService<ScriptedModels>();
        app.MapGrpcService<ScriptedCoding>();
        app.MapGrpcService<ScriptedChannels>();
        var server = new ScriptedServer(app);
        script(server);
        await app.StartAsync();
        return server;
    }

    /// <summary>Cuts the call's connection, as an unplugged cable does: the client sees no status.</summary>
    public static void Cut(ServerCallContext context) => context.GetHttpContext().Features.Get<IConnectionLifetimeFeature>()!.Abort();

    /// <summary>The response headers of a server that bounds its requests.</summary>
    /// <param name="maxBytes">Most bytes of a message.</param>
    /// <param name="maxImages">Most images of a message; null is not stated.</param>
    public static Metadata Limit(int maxBytes, int? maxImages = null)
    {
        var limits = new Metadata { { "codec-max-message-bytes", $"{maxBytes}" } };
        if (maxImages is not null)
            limits.Add("codec-max-message-images", $"{maxImages}");
        return limits;
    }

    public static RpcException Status(StatusCode code, string message = "scripted") => new(new Status(code, message));

    /// <summary>Stops, and aborts the running calls, as a killed process does.</summary>
    public Task StopAtOnceAsync() => _app.StopAsync(new CancellationToken(canceled: true));

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

internal sealed class ScriptedModels : V1.ModelService.ModelServiceBase
{
    public Func<V1.GetVersionRequest, V1.GetVersionResponse>? OnGetVersion { get; set; }

    public Func<V1.DownloadBlobRequest, IServerStreamWriter<V1.DownloadBlobResponse>, ServerCallContext, Task>? OnDownload { get; set; }

    public Func<V1.QueryBlobRequest, V1.QueryBlobResponse>? OnQuery { get; set; }

    public Func<IAsyncStreamReader<V1.UploadBlobRequest>, ServerCallContext, Task<V1.UploadBlobResponse>>? OnUpload { get; set; }

    public Func<V1.SetAliasRequest, V1.SetAliasResponse>? OnSetAlias { get; set; }

    public Func<V1.ListModelsRequest, V1.ListModelsResponse>? OnListModels { get; set; }

    public Func<IServerStreamWriter<V1.WatchModelsResponse>, ServerCallContext, Task>? OnWatch { get; set; }

    /// <summary>Serves packages as the real server does: by version, and the first package for any alias.</summary>
    public void Serve(params ModelPackage[] packages)
    {
        OnGetVersion = request =>
        {
            ModelPackage package =
                packages.FirstOrDefault(candidate => request.Model.EndsWith(candidate.Version.Hex, StringComparison.Ordinal))
                ?? packages[0];
            return new V1.GetVersionResponse
            {
                Version = new V1.Version { Model = package.Manifest.Name, Digest = package.Version.Hex },
                Manifest = Google.Protobuf.ByteString.CopyFrom(package.ManifestBytes.Span),
            };
        };
        OnDownload = (request, stream, _) => SendAsync(stream, Blob(packages, request.Digest)[(int)request.Offset..]);
    }

    public static byte[] Blob(IEnumerable<ModelPackage> packages, string digest) =>
        packages.SelectMany(package => package.Blobs).First(blob => blob.Key.Hex == digest).Value.ToArray();

    public static async Task SendAsync(IServerStreamWriter<V1.DownloadBlobResponse> stream, byte[] bytes)
    {
        foreach (byte[] chunk in bytes.Chunk(1000))
            await stream.WriteAsync(new V1.DownloadBlobResponse { Chunk = Google.Protobuf.ByteString.CopyFrom(chunk) });
    }

    public override Task<V1.GetVersionResponse> GetVersion(V1.GetVersionRequest request, ServerCallContext context) =>
        OnGetVersion is null ? base.GetVersion(request, context) : Task.FromResult(OnGetVersion(request));

    public override Task DownloadBlob(
        V1.DownloadBlobRequest request,
        IServerStreamWriter<V1.DownloadBlobResponse> responseStream,
        ServerCallContext context
    ) => OnDownload?.Invoke(request, responseStream, context) ?? base.DownloadBlob(request, responseStream, context);

    public override Task<V1.QueryBlobResponse> QueryBlob(V1.QueryBlobRequest request, ServerCallContext context) =>
        OnQuery is null ? base.QueryBlob(request, context) : Task.FromResult(OnQuery(request));

    public override Task<V1.UploadBlobResponse> UploadBlob(
        IAsyncStreamReader<V1.UploadBlobRequest> requestStream,
        ServerCallContext context
    ) => OnUpload?.Invoke(requestStream, context) ?? base.UploadBlob(requestStream, context);

    public override Task<V1.PublishVersionResponse> PublishVersion(V1.PublishVersionRequest request, ServerCallContext context) =>
        Task.FromResult(
            new V1.PublishVersionResponse
            {
                Version = new V1.Version { Model = "m", Digest = Digest.Of(request.Manifest.Span).Hex },
            }
        );

    public override Task<V1.SetAliasResponse> SetAlias(V1.SetAliasRequest request, ServerCallContext context) =>
        OnSetAlias is null ? base.SetAlias(request, context) : Task.FromResult(OnSetAlias(request));

    public override Task<V1.ListModelsResponse> ListModels(V1.ListModelsRequest request, ServerCallContext context) =>
        OnListModels is { } answer ? Task.FromResult(answer(request)) : base.ListModels(request, context);

    public override Task WatchModels(
        V1.WatchModelsRequest request,
        IServerStreamWriter<V1.WatchModelsResponse> responseStream,
        ServerCallContext context
    ) => OnWatch?.Invoke(responseStream, context) ?? base.WatchModels(request, responseStream, context);
}

internal sealed class ScriptedCoding : V1.CodecService.CodecServiceBase
{
    public Func<V1.EncodeRequest, V1.EncodeResponse>? OnEncode { get; set; }

    public Func<
        IAsyncStreamReader<V1.EncodeRequest>,
        IServerStreamWriter<V1.EncodeResponse>,
        ServerCallContext,
        Task
    >? OnEncodeStream { get; set; }

    public override Task<V1.EncodeResponse> Encode(V1.EncodeRequest request, ServerCallContext context) =>
        OnEncode is null ? base.Encode(request, context) : Task.FromResult(OnEncode(request));

    public override Task EncodeStream(
        IAsyncStreamReader<V1.EncodeRequest> requestStream,
        IServerStreamWriter<V1.EncodeResponse> responseStream,
        ServerCallContext context
    ) => OnEncodeStream?.Invoke(requestStream, responseStream, context) ?? base.EncodeStream(requestStream, responseStream, context);
}

internal sealed class ScriptedChannels : V1.ChannelService.ChannelServiceBase
{
    public Func<V1.SubscribeRequest, IServerStreamWriter<V1.SubscribeResponse>, ServerCallContext, Task>? OnSubscribe { get; set; }

    public Func<
        IAsyncStreamReader<V1.PublishRequest>,
        IServerStreamWriter<V1.PublishResponse>,
        ServerCallContext,
        Task
    >? OnPublish { get; set; }

    public Func<V1.CreateChannelRequest, V1.CreateChannelResponse>? OnCreate { get; set; }

    public Func<V1.ListChannelsResponse>? OnList { get; set; }

    public Func<V1.CommitConsumerRequest, ServerCallContext, Task<V1.CommitConsumerResponse>>? OnCommit { get; set; }

    public Func<V1.ListConsumersRequest, V1.ListConsumersResponse>? OnListConsumers { get; set; }

    public Func<V1.DeleteConsumerRequest, V1.DeleteConsumerResponse>? OnDeleteConsumer { get; set; }

    /// <summary>
    /// Plays one script for each publishing stream, in the order in which the streams arrive; further streams are UNIMPLEMENTED.
    /// </summary>
    public void Publishing(params Func<PublishCall, Task>[] scripts)
    {
        int calls = 0;
        OnPublish = (requests, responses, context) =>
        {
            int call = Interlocked.Increment(ref calls) - 1;
            return call < scripts.Length
                ? scripts[call](new PublishCall(requests, responses, context))
                : throw ScriptedServer.Status(StatusCode.Unimplemented, $"stream {call + 1} is not scripted");
        };
    }

    public override Task Subscribe(
        V1.SubscribeRequest request,
        IServerStreamWriter<V1.SubscribeResponse> responseStream,
        ServerCallContext context
    ) => OnSubscribe?.Invoke(request, responseStream, context) ?? base.Subscribe(request, responseStream, context);

    public override Task Publish(
        IAsyncStreamReader<V1.PublishRequest> requestStream,
        IServerStreamWriter<V1.PublishResponse> responseStream,
        ServerCallContext context
    ) => OnPublish?.Invoke(requestStream, responseStream, context) ?? base.Publish(requestStream, responseStream, context);

    public override Task<V1.CreateChannelResponse> CreateChannel(V1.CreateChannelRequest request, ServerCallContext context) =>
        OnCreate is null ? base.CreateChannel(request, context) : Task.FromResult(OnCreate(request));

    public override Task<V1.ListChannelsResponse> ListChannels(V1.ListChannelsRequest request, ServerCallContext context) =>
        OnList is null ? base.ListChannels(request, context) : Task.FromResult(OnList());

    public override Task<V1.CommitConsumerResponse> CommitConsumer(V1.CommitConsumerRequest request, ServerCallContext context) =>
        OnCommit?.Invoke(request, context) ?? base.CommitConsumer(request, context);

    public override Task<V1.ListConsumersResponse> ListConsumers(V1.ListConsumersRequest request, ServerCallContext context) =>
        OnListConsumers is null ? base.ListConsumers(request, context) : Task.FromResult(OnListConsumers(request));

    public override Task<V1.DeleteConsumerResponse> DeleteConsumer(V1.DeleteConsumerRequest request, ServerCallContext context) =>
        OnDeleteConsumer is null ? base.DeleteConsumer(request, context) : Task.FromResult(OnDeleteConsumer(request));
}
