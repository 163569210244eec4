using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Client.Tests.Processes;

/// <summary>The version of a publisher is deleted by force, on the real server.</summary>
public sealed class ForcedDeletionTests
{
    private const string Channel = "faces";

    private static readonly ModelPackage First = SmallModel.Create(note: "first");
    private static readonly ModelPackage Second = SmallModel.Create(note: "second", step: 9f);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A restored stream names the version and not the alias, so that the server cannot move it by itself.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeleteVersion_Force_PublisherGoesOnWithTheAliasAndLosesNoImage(bool wasRestored)
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Clients.Create(server.Address);
        VersionInfo first = await Servers.PublishAsync(client, First);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, "small-8", 1, cancellationToken: Token);
        await publisher.PublishSoonAsync(0);
        if (wasRestored)
        {
            await server.KillAndRestartAsync(Token);
            await publisher.PublishSoonAsync(1);
        }
        else
        {
            await publisher.PublishSoonAsync(1);
        }

        VersionInfo second = await client.UploadModelAsync(Second, cancellationToken: Token);
        await client.SetAliasAsync("small-8", "live", second.Digest, cancellationToken: Token);
        await publisher.PublishSoonAsync(2);
        await client.DeleteVersionAsync("small-8", first.Digest, force: true, cancellationToken: Token);
        for (int i = 3; i < 6; i++)
            Assert.Equal(i + 1, (await publisher.PublishSoonAsync(i)).FirstSequence);

        using CodecModel model = CodecModel.Load(Second);
        DecodedImage[] images = [.. await client.SubscribeAsync(Channel, SubscribeFrom.At(4), Token).FirstAsync(3)];
        Assert.All(
            images.Select((image, i) => (image, Seed: i + 3)),
            one =>
            {
                Assert.Equal(second.Digest, one.image.Version);
                byte[] code = model.Encode(SmallModel.Image(one.Seed), SmallModel.Side, SmallModel.Side, 1);
                Assert.Equal(model.Decode(code, 1).Samples, one.image.Pixels.ToArray());
            }
        );
    }
}
