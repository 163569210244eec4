using System.Collections.Concurrent;
using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Client.Tests.Models;

/// <summary>
/// Models from a server that sends another version or other bytes, or no longer has a blob; and callers that share a download.
/// </summary>
public sealed class ModelSourceTests : IDisposable
{
    private const string Model = "small-8";

    private static readonly ModelPackage Package = SmallModel.Create();
    private static readonly ModelPackage Another = SmallModel.Create(note: "another");
    private static readonly string Pinned = $"{Model}@sha256:{Package.Version}";

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentQueue<string> _asked = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("another version", "sent a manifest with the digest")]
    [InlineData("another digest", "sent a manifest with the digest")]
    [InlineData("invalid digest", "an invalid digest: 'abc'")]
    [InlineData("no version", "has no version")]
    [InlineData("another model", "is of the model 'small-9', not of 'small-8'")]
    [InlineData("no JSON", "cannot be used")]
    [InlineData("nothing", "cannot be used")]
    [InlineData("cut JSON", "cannot be used")]
    public async Task GetVersion_NotWhatWasRequested_FailsAndKeepsNothing(string fault, string message)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnGetVersion = _ => Answer(fault);
        using CodecClient client = Create(server);

        Func<Task>[] calls =
        [
            () => client.GetLocalModelAsync(Pinned, cancellationToken: Token),
            () => client.DownloadModelAsync(Pinned, Token),
        ];
        foreach (Func<Task> call in calls)
        {
            var failure = await Assert.ThrowsAsync<CorruptDataException>(() => call().SoonAsync());
            Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task GetLocalModel_VersionVanishesBeforeItsBlobs_ThrowsNotFound()
    {
        await using ScriptedServer server = await StartAsync();
        server.Models.OnDownload = (request, _, _) =>
            throw ScriptedServer.Status(StatusCode.NotFound, $"blob: '{request.Digest}' is not known");
        using CodecClient client = Create(server);

        var failure = await Assert.ThrowsAsync<NotFoundException>(() =>
            client.GetLocalModelAsync(Model, cancellationToken: Token).SoonAsync()
        );

        Assert.Contains("is not known", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetLocalModel_VersionComesBack_IsFetchedThen()
    {
        await using ScriptedServer server = await StartAsync();
        var serve = server.Models.OnDownload;
        server.Models.OnDownload = (_, _, _) => throw ScriptedServer.Status(StatusCode.NotFound, "gone");
        using CodecClient client = Create(server);
        await Assert.ThrowsAsync<NotFoundException>(() => client.GetLocalModelAsync(Pinned, cancellationToken: Token).SoonAsync());

        server.Models.OnDownload = serve;

        Assert.Equal(Package.Version, (await client.GetLocalModelAsync(Pinned, cancellationToken: Token).SoonAsync()).Version);
    }

    [Fact]
    public async Task GetLocalModel_PinnedAndCached_NeedsNoServer()
    {
        await using (ScriptedServer server = await StartAsync())
        {
            using CodecClient first = Create(server);
            await first.GetLocalModelAsync(Pinned, cancellationToken: Token).SoonAsync();
        }

        using var second = new CodecClient(Clients.Options("http://127.0.0.1:1") with { CacheDirectory = _directory.Path });
        CodecModel model = await second.GetLocalModelAsync(Pinned, cancellationToken: Token).SoonAsync();

        Assert.Equal(Sender.Pixels(1), model.Decode(Sender.Code(1), 1).Samples);
    }

    [Fact]
    public async Task GetLocalModel_CachedBlobDamaged_IsFetchedAgain()
    {
        await using ScriptedServer server = await StartAsync();
        using (CodecClient first = Create(server))
            await first.GetLocalModelAsync(Pinned, cancellationToken: Token).SoonAsync();
        string decoder = Package.Manifest.Heads[0].Graph.Digest.Hex;
        await File.WriteAllBytesAsync(Path.Combine(_directory.Path, decoder[..2], decoder), [1, 2, 3], Token);
        _asked.Clear();
        using CodecClient second = Create(server);

        CodecModel model = await second.GetLocalModelAsync(Pinned, cancellationToken: Token).SoonAsync();

        Assert.Equal([decoder], _asked);
        Assert.Equal(Sender.Pixels(1), model.Decode(Sender.Code(1), 1).Samples);
    }

    [Fact]
    public async Task GetLocalModel_ManyAtOnce_ShareOneDownloadAndOneModel()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedServer server = await StartAsync(gate.Task);
        using CodecClient client = Create(server);
        Task<CodecModel>[] calls = [.. Enumerable.Range(0, 16).Select(_ => client.GetLocalModelAsync(Model, cancellationToken: Token))];
        gate.SetResult();

        CodecModel[] models = await Task.WhenAll(calls).SoonAsync();

        Assert.All(models, model => Assert.Same(models[0], model));
        Assert.Equal(_asked.Distinct().Count(), _asked.Count);
    }

    [Fact]
    public async Task GetLocalModel_OneOfSeveralCancels_ContinuesForTheOthers()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var downloading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedServer server = await StartAsync(gate.Task, downloading);
        using CodecClient client = Create(server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<CodecModel> leaving = client.GetLocalModelAsync(Model, cancellationToken: stop.Token);
        await downloading.Task.SoonAsync();
        Task<CodecModel> staying = client.GetLocalModelAsync(Model, cancellationToken: Token);

        await stop.CancelAsync();

        Assert.Equal(stop.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.SoonAsync())).CancellationToken);
        gate.SetResult();
        Assert.Equal(Package.Version, (await staying.SoonAsync()).Version);
        Assert.Equal(_asked.Distinct().Count(), _asked.Count);
    }

    [Fact]
    public async Task GetLocalModel_ClientDisposed_EndsForAllWithThat()
    {
        var downloading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedServer server = await StartAsync(new TaskCompletionSource().Task, downloading);
        CodecClient client = Create(server);
        Task<CodecModel>[] calls = [.. Enumerable.Range(0, 3).Select(_ => client.GetLocalModelAsync(Model, cancellationToken: Token))];
        await downloading.Task.SoonAsync();

        client.Dispose();

        foreach (Task<CodecModel> call in calls)
            await Assert.ThrowsAsync<ObjectDisposedException>(() => call.SoonAsync());
    }

    [Fact]
    public async Task DownloadModel_AliasMoves_ReturnsTheVersionThatItResolvedTo()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Package, Another);
        int resolved = 0;
        server.Models.OnGetVersion = _ => Version(Interlocked.Increment(ref resolved) == 1 ? Package : Another);
        using CodecClient client = Create(server);

        Assert.Equal(Package.Version, (await client.DownloadModelAsync(Model, Token).SoonAsync()).Version);
        Assert.Equal(Another.Version, (await client.DownloadModelAsync(Model, Token).SoonAsync()).Version);
    }

    private static V1.GetVersionResponse Version(ModelPackage package) =>
        new()
        {
            Version = new V1.Version { Model = package.Manifest.Name, Digest = package.Version.Hex },
            Manifest = ByteString.CopyFrom(package.ManifestBytes.Span),
        };

    private static V1.GetVersionResponse Answer(string fault)
    {
        V1.GetVersionResponse answer = Version(
            fault switch
            {
                "another version" => Another,
                "another model" => SmallModel.Create(name: "small-9"),
                _ => Package,
            }
        );
        ReadOnlySpan<byte> manifest = answer.Manifest.Span;
        switch (fault)
        {
            case "another digest":
                answer.Version.Digest = Another.Version.Hex;
                break;
            case "invalid digest":
                answer.Version.Digest = "abc";
                break;
            case "no version":
                answer.Version = null;
                break;
            case "no JSON":
                answer.Manifest = ByteString.CopyFrom(0, 1, 2, 3);
                break;
            case "nothing":
                answer.Manifest = ByteString.Empty;
                break;
            case "cut JSON":
                answer.Manifest = ByteString.CopyFrom(manifest[..(manifest.Length / 2)]);
                break;
        }

        return answer;
    }

    private CodecClient Create(ScriptedServer server) => new(Clients.Options(server.Address) with { CacheDirectory = _directory.Path });

    /// <summary>A server of the package, which records its requests and holds its downloads until a gate opens.</summary>
    private async Task<ScriptedServer> StartAsync(Task? gate = null, TaskCompletionSource? downloading = null)
    {
        ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Package);
        server.Models.OnDownload = async (request, stream, context) =>
        {
            _asked.Enqueue(request.Digest);
            downloading?.TrySetResult();
            if (gate is not null)
                await gate.WaitAsync(context.CancellationToken);
            await ScriptedModels.SendAsync(stream, ScriptedModels.Blob([Package], request.Digest));
        };
        return server;
    }
}
