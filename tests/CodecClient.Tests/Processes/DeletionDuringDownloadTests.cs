using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Client.Tests.Processes;

/// <summary>
/// An alias moves and the version that it named is deleted between a download's look-up and its blobs, on the real server.
/// </summary>
public sealed class DeletionDuringDownloadTests
{
    private const string Model = "small-8";

    /// <summary>Its decoder is a blob of its own, which is deleted with it.</summary>
    private static readonly ModelPackage First = SmallModel.Create(networkHead: true);
    private static readonly ModelPackage Second = SmallModel.Create();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetLocalModel_VersionDeletedAfterTheLookUp_FollowsTheAlias()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = await StartAsync(server);

        CodecModel model = await client.GetLocalModelAsync(Model, withEncoder: true, cancellationToken: Token).SoonAsync();

        Assert.Equal(Second.Version, model.Version);
    }

    [Fact]
    public async Task DownloadModel_VersionDeletedAfterTheLookUp_FollowsTheAlias()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = await StartAsync(server);

        Assert.Equal(Second.Version, (await client.DownloadModelAsync(Model, Token).SoonAsync()).Version);
    }

    [Fact]
    public async Task DownloadModel_PinnedVersionDeletedAfterTheLookUp_ThrowsNotFound()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = await StartAsync(server);

        await Assert.ThrowsAsync<NotFoundException>(() => client.DownloadModelAsync($"{Model}@sha256:{First.Version}", Token).SoonAsync());
    }

    /// <summary>Publishes the first version, and returns a client whose first download of a blob finds that version replaced.</summary>
    private static async Task<CodecClient> StartAsync(ServerProcess server)
    {
        using CodecClient owner = Clients.Create(server.Address);
        await Servers.PublishAsync(owner, First);
        return new CodecClient(
            Clients.Options(server.Address) with
            {
                CreateHandler = () =>
                    new BeforeFirstDownload(() => ReplaceAsync(server.Address)) { InnerHandler = new SocketsHttpHandler() },
            }
        );
    }

    private static async Task ReplaceAsync(string address)
    {
        using CodecClient owner = Clients.Create(address);
        await Servers.PublishAsync(owner, Second);
        await owner.DeleteVersionAsync(Model, First.Version, cancellationToken: Token);
    }

    private sealed class BeforeFirstDownload(Func<Task> act) : DelegatingHandler
    {
        private int _downloads;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath.EndsWith("/DownloadBlob", StringComparison.Ordinal) && _downloads++ == 0)
                await act();
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
