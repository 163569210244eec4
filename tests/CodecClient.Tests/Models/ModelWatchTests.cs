using Codec.Client.Tests.Infrastructure;
using Grpc.Core;

namespace Codec.Client.Tests.Models;

public sealed class ModelWatchTests
{
    private static readonly string Version = Digest.Of([1]).Hex;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WatchModels_ConnectionCut_IsRestoredAndTellsWhatChangedMeanwhile()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        int connections = 0;
        server.Models.OnWatch = async (stream, context) =>
        {
            if (Interlocked.Increment(ref connections) == 1)
            {
                await stream.WriteAsync(Alias("live", 1));
                await stream.WriteAsync(Alias("canary", 1));
                throw ScriptedServer.Status(StatusCode.Unavailable);
            }

            // As it stands: one alias as it was told, one that moved, and a version.
            await stream.WriteAsync(Alias("live", 1));
            await stream.WriteAsync(Alias("canary", 2));
            await stream.WriteAsync(new V1.WatchModelsResponse());
            await stream.WriteAsync(new V1.WatchModelsResponse { Published = new V1.Version { Model = "m", Digest = Version } });
            await stream.WriteAsync(new V1.WatchModelsResponse { Deleted = new V1.Version { Model = "m", Digest = Version } });
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        using CodecClient client = Clients.Create(server.Address);

        List<ModelEvent> events = await client.WatchModelsAsync("m", Token).FirstAsync(6);

        Assert.Equal(
            ["live 1", "canary 1", "restored", "canary 2", "published", "deleted"],
            events.Select(change => change switch
            {
                AliasMoved moved => $"{moved.Alias.Name} {moved.Alias.Revision}",
                WatchRestored => "restored",
                VersionPublished => "published",
                _ => "deleted",
            }));
    }

    [Fact]
    public async Task WatchModels_TwoEnumerations_AreTwoWatches()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnWatch = async (stream, context) =>
        {
            await stream.WriteAsync(Alias("live", 1));
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        using CodecClient client = Clients.Create(server.Address);
        IAsyncEnumerable<ModelEvent> watch = client.WatchModelsAsync("m", Token);

        Assert.Equal(await watch.FirstAsync(1), await watch.FirstAsync(1));
    }

    [Fact]
    public async Task WatchModels_ServerRefuses_EndsWithThat()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnWatch = (_, _) => throw ScriptedServer.Status(StatusCode.InvalidArgument, "no such name");
        using CodecClient client = Clients.Create(server.Address);

        (_, InvalidRequestException failure) =
            await client.WatchModelsAsync("m", Token).UntilFailureAsync<ModelEvent, InvalidRequestException>();

        Assert.Equal("no such name", failure.Message);
    }

    private static V1.WatchModelsResponse Alias(string name, long revision) =>
        new() { Alias = new V1.Alias { Model = "m", Name = name, Revision = revision, Digest = Version } };
}
