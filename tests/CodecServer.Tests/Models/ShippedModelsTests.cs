using Codec;
using Codec.Models;
using Codec.Server.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using V1 = Codec.V1;

namespace CodecServer.Tests.Models;

public sealed class ShippedModelsTests : IDisposable
{
    private const string Model = "small-8";

    private static readonly ModelPackage Package = SmallModel.Create();

    private readonly TemporaryDirectory _shipped = new();
    private readonly TemporaryDirectory _data = new();

    [Theory]
    [InlineData("photos")]
    [InlineData("faces-64")]
    public void Models_ThatShipWithTheServer_ProduceTheirGoldenCodes(string name)
    {
        using CodecModel model = CodecModel.Load(ModelPackage.Load(Path.Combine(AppContext.BaseDirectory, "models", $"{name}.codec")));
        Assert.Equal(name, model.Manifest.Name);
        model.CheckGolden();
    }

    [Fact]
    public async Task StartAsync_NewDirectory_PublishesThemAndMakesThemLive()
    {
        Ship(Package);

        await using TestServer server = await StartAsync();

        V1.Model model = Assert.Single((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models);
        V1.Alias alias = Assert.Single(model.Aliases);
        Assert.Equal((Model, 1, "live", Package.Version.Hex), (model.Name, model.Versions, alias.Name, alias.Digest));
        Assert.Equal((1, ShippedModels.Publisher), (alias.Revision, alias.MovedBy));
        Assert.NotEmpty(
            (await server.Codec.EncodeAsync(new() { Model = Model, Image = Publishing.ToImage(SmallModel.Image(1)) }, Rpc.Options)).Code
        );
    }

    [Fact]
    public async Task StartAsync_Again_ChangesNothing()
    {
        Ship(Package);
        await using (await StartAsync()) { }

        await using TestServer server = await StartAsync();

        Assert.Equal(1, Assert.Single(await HistoryAsync(server)).Revision);
    }

    [Fact]
    public async Task StartAsync_AliasWasMovedOrDeleted_ChangesNothing()
    {
        Ship(Package);
        ModelPackage other = SmallModel.Create(note: "ours");
        await using (TestServer server = await StartAsync())
        {
            await server.PublishAsync(other);
        }

        await using (TestServer server = await StartAsync())
        {
            Assert.Equal([other.Version.Hex, Package.Version.Hex], (await HistoryAsync(server)).Select(entry => entry.Digest));
            await server.Models.DeleteAliasAsync(
                new()
                {
                    Model = Model,
                    Name = "live",
                    ExpectedRevision = 2,
                    MovedBy = "anna",
                },
                Rpc.Options
            );
            await server.Models.DeleteVersionAsync(new() { Model = Model, Digest = Package.Version.Hex }, Rpc.Options);
            await server.Models.DeleteVersionAsync(new() { Model = Model, Digest = other.Version.Hex }, Rpc.Options);
        }

        await using (TestServer server = await StartAsync())
        {
            Assert.Empty((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models);
        }
    }

    [Fact]
    public async Task StartAsync_OtherVersionsHaveTheName_ChangesNothing()
    {
        ModelPackage other = SmallModel.Create(note: "ours");
        await using (TestServer server = await StartAsync())
        {
            await server.PublishAsync(other, alias: "canary");
        }

        Ship(Package);
        await using (TestServer server = await StartAsync())
        {
            V1.Model model = Assert.Single((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models);
            Assert.Equal((1, "canary"), (model.Versions, Assert.Single(model.Aliases).Name));
        }
    }

    [Fact]
    public async Task StartAsync_InterruptedBeforeTheAliasMoved_Completes()
    {
        await using (TestServer server = await StartAsync())
        {
            await server.UploadBlobsAsync(Package);
            await server.Models.PublishVersionAsync(
                new() { Manifest = ByteString.CopyFrom(Package.ManifestBytes.Span), Publisher = ShippedModels.Publisher },
                Rpc.Options
            );
        }

        Ship(Package);
        await using (TestServer server = await StartAsync())
        {
            Assert.Equal(Package.Version.Hex, Assert.Single(await HistoryAsync(server)).Digest);
        }
    }

    [Fact]
    public async Task StartAsync_OneIsDamagedOrMisnamed_PublishesTheOthersAndLogsTheFailure()
    {
        Ship(Package);
        Package.Save(Path.Combine(_shipped.Path, "other-name.codec"));
        await File.WriteAllTextAsync(Path.Combine(_shipped.Path, "damaged.codec"), "no archive", TestContext.Current.CancellationToken);
        const int ShippingFailed = 205;

        await using TestServer server = await StartAsync(expectedErrors: [ShippingFailed]);

        Assert.Equal(Model, Assert.Single((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models).Name);
    }

    [Fact]
    public async Task StartAsync_NoSuchDirectory_Serves()
    {
        await using TestServer server = await StartAsync(shipped: Path.Combine(_shipped.Path, "none"));

        Assert.Empty((await server.Models.ListModelsAsync(new(), Rpc.Options)).Models);
    }

    public void Dispose()
    {
        _shipped.Dispose();
        _data.Dispose();
    }

    private static async Task<IReadOnlyList<V1.Alias>> HistoryAsync(TestServer server) =>
        (await server.Models.ListAliasHistoryAsync(new() { Model = Model, Name = "live" }, Rpc.Options)).Entries;

    private void Ship(ModelPackage package) => package.Save(Path.Combine(_shipped.Path, package.Manifest.Name + ".codec"));

    /// <summary>Starts a server on the same data each time.</summary>
    private Task<TestServer> StartAsync(string? shipped = null, int[]? expectedErrors = null) =>
        TestServer.StartAsync(["--shipped-models", shipped ?? _shipped.Path], _data.Path, expectedErrors);
}
