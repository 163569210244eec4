using Codec.Models;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Dapper;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Data.Sqlite;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>Lists come in pages that a client with default limits can read, whatever was stored.</summary>
public sealed class PagingTests
{
    private const int ManyAliases = 24_000;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_24000SplitAliases_StayBelowTheDefaultLimitOfAMessage()
    {
        using var directory = new TemporaryDirectory();
        await using TestServer server = await TestServer.StartAsync([], directory.Path);
        ModelPackage package = SmallModel.Create();
        await server.PublishAsync(package);
        using (var registry = new SqliteConnection($"Data Source={directory.File("registry.db")};Pooling=False"))
        {
            registry.Execute(
                """
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @ManyAliases)
                INSERT INTO alias_moves (model, name, revision, digest, targets, moved_by, moved_at)
                SELECT 'small-8', PRINTF('%.58c', 'a') || i, 1, @Hex, @targets, PRINTF('%.128c', 'b'), 0 FROM n
                """,
                new
                {
                    ManyAliases,
                    package.Version.Hex,
                    targets = string.Join(' ', Enumerable.Repeat($"{package.Version}:{AliasTargets.MaxWeight}", AliasTargets.Most)),
                }
            );
        }

        // Of the size that gRPC accepts by default.
        using var channel = GrpcChannel.ForAddress(server.Address);
        var models = new V1.ModelService.ModelServiceClient(channel);

        V1.Model model = Assert.Single((await models.ListModelsAsync(new(), Rpc.Options)).Models);

        Assert.InRange(model.Aliases.Count, 1000, ManyAliases);
        var names = new HashSet<string>();
        string token = "";
        do
        {
            V1.ListAliasesResponse page = await models.ListAliasesAsync(new() { Model = "small-8", PageToken = token }, Rpc.Options);
            Assert.InRange(page.CalculateSize(), 1, 4 << 20);
            Assert.All(page.Aliases, alias => Assert.True(names.Add(alias.Name)));
            token = page.NextPageToken;
        } while (token.Length > 0);
        Assert.Equal(ManyAliases + 1, names.Count);
    }

    [Fact]
    public async Task Lists_InPagesOfTwo_HoldEachItemOnceInOrder()
    {
        await using TestServer server = await TestServer.StartAsync();
        ModelPackage[] versions = [SmallModel.Create(), SmallModel.Create(note: "2"), SmallModel.Create(note: "3")];
        foreach (ModelPackage version in versions)
            await server.PublishAsync(version);

        foreach (string alias in new[] { "canary", "beta" })
            await server.PublishAsync(versions[0], alias);

        foreach (string channel in new[] { "a", "b", "c" })
        {
            await server.Channels.CreateChannelAsync(new() { Name = channel }, Rpc.Options);
            await server.Channels.CommitConsumerAsync(
                new()
                {
                    Channel = "a",
                    Consumer = channel,
                    NextSequence = 1,
                },
                Rpc.Options
            );
        }

        Assert.Equal(
            ["beta", "canary", "live"],
            await CollectAsync(async token =>
            {
                V1.ListAliasesResponse page = await server.Models.ListAliasesAsync(
                    new()
                    {
                        Model = "small-8",
                        PageSize = 2,
                        PageToken = token,
                    },
                    Rpc.Options
                );
                return (page.Aliases.Select(alias => alias.Name), page.NextPageToken);
            })
        );
        Assert.Equal(
            versions.Reverse().Select(version => version.Version.Hex),
            await CollectAsync(async token =>
            {
                V1.ListVersionsResponse page = await server.Models.ListVersionsAsync(
                    new()
                    {
                        Model = "small-8",
                        PageSize = 2,
                        PageToken = token,
                    },
                    Rpc.Options
                );
                return (page.Versions.Select(version => version.Digest), page.NextPageToken);
            })
        );
        Assert.Equal(
            ["3", "2", "1"],
            await CollectAsync(async token =>
            {
                V1.ListAliasHistoryResponse page = await server.Models.ListAliasHistoryAsync(
                    new()
                    {
                        Model = "small-8",
                        Name = "live",
                        PageSize = 2,
                        PageToken = token,
                    },
                    Rpc.Options
                );
                return (page.Entries.Select(entry => $"{entry.Revision}"), page.NextPageToken);
            })
        );
        Assert.Equal(
            ["a", "b", "c"],
            await CollectAsync(async token =>
            {
                V1.ListChannelsResponse page = await server.Channels.ListChannelsAsync(
                    new() { PageSize = 2, PageToken = token },
                    Rpc.Options
                );
                return (page.Channels.Select(channel => channel.Name), page.NextPageToken);
            })
        );
        Assert.Equal(
            ["a", "b", "c"],
            await CollectAsync(async token =>
            {
                V1.ListConsumersResponse page = await server.Channels.ListConsumersAsync(
                    new()
                    {
                        Channel = "a",
                        PageSize = 2,
                        PageToken = token,
                    },
                    Rpc.Options
                );
                return (page.Consumers.Select(consumer => consumer.Name), page.NextPageToken);
            })
        );
        V1.ListModelsResponse models = await server.Models.ListModelsAsync(new() { PageSize = 1 }, Rpc.Options);
        Assert.Equal(3, Assert.Single(models.Models).Aliases.Count);
        Assert.Equal("", models.NextPageToken);
    }

    [Theory]
    [InlineData(-1, "")]
    [InlineData(0, "not a token!")]
    [InlineData(0, "YWJj")]
    public async Task ListAliases_InvalidPage_IsInvalidArgument(int size, string token)
    {
        await using TestServer server = await TestServer.StartAsync();

        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () =>
                await server.Models.ListAliasesAsync(
                    new()
                    {
                        Model = "small-8",
                        PageSize = size,
                        PageToken = token,
                    },
                    Rpc.Options
                )
        );
    }

    [Fact]
    public async Task ListAliases_TokenOfAnotherModel_IsInvalidArgument()
    {
        await using TestServer server = await TestServer.StartAsync();
        ModelPackage package = SmallModel.Create();
        await server.PublishAsync(package);
        await server.PublishAsync(package, "canary");
        V1.ListAliasesResponse page = await server.Models.ListAliasesAsync(new() { Model = "small-8", PageSize = 1 }, Rpc.Options);

        await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            async () => await server.Models.ListAliasesAsync(new() { Model = "other", PageToken = page.NextPageToken }, Rpc.Options)
        );
    }

    private static async Task<List<string>> CollectAsync(Func<string, Task<(IEnumerable<string> Items, string Next)>> list)
    {
        var all = new List<string>();
        string token = "";
        do
        {
            (IEnumerable<string> items, token) = await list(token);
            string[] page = [.. items];
            Assert.InRange(page.Length, 1, 2);
            all.AddRange(page);
            Ct.ThrowIfCancellationRequested();
        } while (token.Length > 0);
        return all;
    }
}
