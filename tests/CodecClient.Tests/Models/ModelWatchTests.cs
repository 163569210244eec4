using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client.Tests.Models;

public sealed class ModelWatchTests
{
    private static readonly string Version = Digest.Of([1]).Hex;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WatchModels_ConnectionCut_IsRestoredAndReportsWhatChangedMeanwhile()
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

            // One alias as it was reported before, one that moved, and a version.
            await stream.WriteAsync(Alias("live", 1));
            await stream.WriteAsync(Alias("canary", 2));
            await stream.WriteAsync(new V1.WatchModelsResponse());
            await stream.WriteAsync(
                new V1.WatchModelsResponse
                {
                    Published = new V1.Version { Model = "m", Digest = Version },
                }
            );
            await stream.WriteAsync(
                new V1.WatchModelsResponse
                {
                    Deleted = new V1.Version { Model = "m", Digest = Version },
                }
            );
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        using CodecClient client = Clients.Create(server.Address);

        List<ModelEvent> events = await client.WatchModelsAsync("m", Token).FirstAsync(6);

        Assert.Equal(
            ["live 1", "canary 1", "restored", "canary 2", "published", "deleted"],
            events.Select(change =>
                change switch
                {
                    AliasMoved moved => $"{moved.Alias.Name} {moved.Alias.Revision}",
                    WatchRestored => "restored",
                    VersionPublished => "published",
                    _ => "deleted",
                }
            )
        );
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

        (_, InvalidRequestException failure) = await client
            .WatchModelsAsync("m", Token)
            .UntilFailureAsync<ModelEvent, InvalidRequestException>();

        Assert.Equal("no such name", failure.Message);
    }

    [Fact]
    public async Task WatchModels_EventsTwiceAndOutOfOrder_ReportsEachRevisionOnceAndNoneBefore()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnWatch = async (stream, context) =>
        {
            foreach (long revision in new long[] { 2, 2, 1, 4, 3, 4, 5 })
                await stream.WriteAsync(Alias("live", revision));
            // Another alias and another model have revisions of their own.
            await stream.WriteAsync(Alias("canary", 1));
            V1.WatchModelsResponse other = Alias("live", 1);
            other.Alias.Model = "n";
            await stream.WriteAsync(other);
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        using CodecClient client = Clients.Create(server.Address);

        List<ModelEvent> events = await client.WatchModelsAsync(cancellationToken: Token).FirstAsync(5).SoonAsync();

        Assert.Equal(
            ["m live 2", "m live 4", "m live 5", "m canary 1", "n live 1"],
            events.Cast<AliasMoved>().Select(moved => $"{moved.Alias.Model} {moved.Alias.Name} {moved.Alias.Revision}")
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WatchModels_CutAtEachPoint_IsRestoredOncePerOpenedConnection(int messages)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        int connections = 0;
        server.Models.OnWatch = async (stream, context) =>
        {
            bool first = Interlocked.Increment(ref connections) == 1;
            for (int i = 1; i <= messages || !first; i++)
            {
                await stream.WriteAsync(Alias($"a{i}", 1));
                if (i == 3)
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }

            ScriptedServer.Cut(context);
        };
        using CodecClient client = Clients.Create(server.Address);
        var events = new List<ModelEvent>();
        await foreach (ModelEvent change in client.WatchModelsAsync("m", Token))
        {
            events.Add(change);
            if (change is AliasMoved { Alias.Name: "a3" })
                break;
        }

        // The client may have lost the first connection's answers together with it: then there is nothing to restore.
        Assert.Equal(["a1", "a2", "a3"], events.OfType<AliasMoved>().Select(moved => moved.Alias.Name));
        Assert.InRange(events.OfType<WatchRestored>().Count(), 0, messages == 0 ? 0 : 1);
        Assert.Equal(2, connections);
    }

    [Theory]
    [InlineData("not a digest")]
    [InlineData("ABC")]
    public async Task WatchModels_InvalidDigest_EndsWithThat(string digest)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnWatch = async (stream, _) =>
        {
            await stream.WriteAsync(Alias("live", 1));
            await stream.WriteAsync(
                new V1.WatchModelsResponse
                {
                    Published = new V1.Version { Model = "m", Digest = digest },
                }
            );
        };
        using CodecClient client = Clients.Create(server.Address);

        (List<ModelEvent> events, CorruptDataException failure) = await client
            .WatchModelsAsync("m", Token)
            .UntilFailureAsync<ModelEvent, CorruptDataException>();

        Assert.Single(events);
        Assert.Contains($"'{digest}'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WatchModels_ServerEndsTheStream_IsRestored()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        int connections = 0;
        server.Models.OnWatch = async (stream, _) => await stream.WriteAsync(Alias("live", Interlocked.Increment(ref connections)));
        using CodecClient client = Clients.Create(server.Address);

        List<ModelEvent> events = await client.WatchModelsAsync("m", Token).FirstAsync(5).SoonAsync();

        Assert.Equal([1, 2, 3], events.OfType<AliasMoved>().Select(moved => moved.Alias.Revision));
        Assert.Equal(2, events.OfType<WatchRestored>().Count());
    }

    private static V1.WatchModelsResponse Alias(string name, long revision) =>
        new()
        {
            Alias = new V1.Alias
            {
                Model = "m",
                Name = name,
                Revision = revision,
                Digest = Version,
            },
        };
}
