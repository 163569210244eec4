using System.Net;
using Codec.Models;
using Codec.Server;
using Codec.Server.Models;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.DependencyInjection;
using V1 = Codec.V1;

namespace CodecServer.Tests.Models;

/// <summary>A live model with a damaged or missing blob is reported, and publishing it again repairs it.</summary>
public sealed class DamagedModelTests
{
    private const int RecoveryFailed = 104;

    private const int StoreDamaged = 303;

    private const int BlobDamaged = 405;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_BlobOfALiveModelIsDamaged_IsReportedUntilItIsPublishedAgain(bool missing)
    {
        using var directory = new TemporaryDirectory();
        ModelPackage package = SmallModel.Create();
        await using (TestServer before = await TestServer.StartAsync([], directory.Path))
        {
            await before.PublishAsync(package);
        }

        Digest damaged = package.Blobs.Keys.First();
        string file = Path.Combine(directory.Path, "blobs", damaged.Hex[..2], damaged.Hex);
        if (missing)
        {
            File.Delete(file);
        }
        else
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, Ct);
            bytes[^1] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, Ct);
        }

        await using TestServer server = await TestServer.StartAsync(
            ["--operations-listen", "http://127.0.0.1:0"],
            directory.Path,
            [RecoveryFailed, StoreDamaged, BlobDamaged]
        );

        (HttpStatusCode status, string reason) = await ModelHealthAsync(server, "small-8");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(damaged.Hex, reason, StringComparison.Ordinal);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await HealthAsync(server, "models"));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await HealthAsync(server, "models/small-8"));
        using AsyncServerStreamingCall<HealthCheckResponse> watch = server.Health.Watch(new() { Service = "models/small-8" }, Rpc.Options);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, (await watch.ResponseStream.NextAsync()).Status);
        await Rpc.FailsAsync(StatusCode.NotFound, () => HealthAsync(server, "models/another"));
        Assert.Contains(damaged.Hex, await ProblemAsync(server), StringComparison.Ordinal);
        RpcException refused = await Rpc.FailsAsync(StatusCode.DataLoss, () => EncodeAsync(server));
        Assert.Contains("Publish it again", refused.Status.Detail, StringComparison.Ordinal);
        RpcException lacking = await Rpc.FailsAsync(StatusCode.FailedPrecondition, () => RepublishAsync(server, package));
        Assert.Equal("BLOBS_MISSING", lacking.Reason());

        await server.UploadBlobsAsync(package);
        Assert.False((await RepublishAsync(server, package)).Created);
        await server.App.Services.GetRequiredService<ModelHost>().RecheckAsync(Ct);

        Assert.Equal("", await ProblemAsync(server));
        Assert.Equal((HttpStatusCode.OK, "Healthy: small-8: Its live versions are loaded.\n"), await ModelHealthAsync(server, "small-8"));
        Assert.Equal(HttpStatusCode.NotFound, (await ModelHealthAsync(server, "another")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ModelHealthAsync(server, "%1b[31m")).Status);
        await EncodeAsync(server);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await watch.ResponseStream.NextAsync()).Status);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(server, "models/small-8"));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(server, "models"));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(server, ""));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(server, "store"));
    }

    /// <summary>The stored bytes are in order, but could not be read: the model alone is not ready, until it can be loaded.</summary>
    [Fact]
    public async Task Start_LiveModelCannotBeLoaded_IsNotReadyUntilItIs()
    {
        using var directory = new TemporaryDirectory();
        await using (TestServer before = await TestServer.StartAsync([], directory.Path))
        {
            await before.PublishAsync(SmallModel.Create());
        }

        GatedBlobs? blobs = null;
        await using TestServer server = await TestServer.StartAsync(
            [],
            directory.Path,
            [RecoveryFailed],
            services =>
                services.AddSingleton<IBlobStore>(provider =>
                    blobs = new GatedBlobs(ActivatorUtilities.CreateInstance<FileBlobStore>(provider))
                )
        );
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await HealthAsync(server, "models/small-8"));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(server, ""));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(server, "models"));
        ModelHost host = server.App.Services.GetRequiredService<ModelHost>();
        await host.RecheckAsync(Ct);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await HealthAsync(server, "models/small-8"));

        blobs!.IsOpen = true;
        await host.RecheckAsync(Ct);

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(server, "models/small-8"));
        await EncodeAsync(server);
    }

    [Fact]
    public async Task Watch_ModelThatDoesNotExistYet_ServesOnceItIsLive()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncServerStreamingCall<HealthCheckResponse> watch = server.Health.Watch(new() { Service = "models/small-8" }, Rpc.Options);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.ServiceUnknown, (await watch.ResponseStream.NextAsync()).Status);

        await server.PublishAsync(SmallModel.Create());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await watch.ResponseStream.NextAsync()).Status);

        await server.StopAsync();
        RpcException ended = await Rpc.FailsAsync(StatusCode.Unavailable, () => watch.ResponseStream.NextAsync());
        Assert.Equal("DRAINING", ended.Reason());
    }

    /// <summary>The state of a health check or a model.</summary>
    private static async Task<HealthCheckResponse.Types.ServingStatus> HealthAsync(TestServer server, string service) =>
        (await server.Health.CheckAsync(new HealthCheckRequest { Service = service }, Rpc.Options)).Status;

    private static async Task<(HttpStatusCode Status, string Text)> ModelHealthAsync(TestServer server, string model)
    {
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.GetAsync($"{server.OperationsAddress}/healthz/models/{model}", Ct);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct));
    }

    private static async Task<string> ProblemAsync(TestServer server) =>
        Assert.Single((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models).Problem;

    private static async Task EncodeAsync(TestServer server) =>
        await server.Codec.EncodeAsync(new() { Model = "small-8", Image = Publishing.ToImage(SmallModel.Image(1)) }, Rpc.Options);

    private static async Task<V1.PublishVersionResponse> RepublishAsync(TestServer server, ModelPackage package) =>
        await server.Models.PublishVersionAsync(
            new() { Manifest = Google.Protobuf.ByteString.CopyFrom(package.ManifestBytes.Span) },
            Rpc.Options
        );

    /// <summary>A store of blobs that cannot be read before it is opened.</summary>
    private sealed class GatedBlobs(IBlobStore store) : IBlobStore
    {
        public bool IsOpen { get; set; }

        public Task<Stream> OpenAsync(Digest digest, CancellationToken cancellationToken) =>
            IsOpen
                ? store.OpenAsync(digest, cancellationToken)
                : throw new RequestException(RequestError.Unavailable, "GATED", "The volume does not answer.");

        public Task<BlobState> QueryAsync(BlobEntry blob, CancellationToken cancellationToken) => store.QueryAsync(blob, cancellationToken);

        public Task<BlobState> AppendAsync(
            BlobEntry blob,
            long offset,
            IAsyncEnumerable<ReadOnlyMemory<byte>> chunks,
            CancellationToken cancellationToken
        ) => store.AppendAsync(blob, offset, chunks, cancellationToken);

        public Task<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken) => store.VerifyAsync(digest, cancellationToken);

        public Task DeleteAsync(Digest digest, CancellationToken cancellationToken) => store.DeleteAsync(digest, cancellationToken);

        public Task<CollectedBlobs> CollectAsync(TimeSpan age, IReadOnlySet<Digest> listed, CancellationToken cancellationToken) =>
            store.CollectAsync(age, listed, cancellationToken);
    }
}
