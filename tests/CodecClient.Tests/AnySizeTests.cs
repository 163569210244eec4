using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Client.Tests;

/// <summary>A grid model between the real client and the real server: images of many sizes.</summary>
public sealed class AnySizeTests
{
    private const string Channel = "photos";

    private static readonly ModelPackage Package = SmallGrid.Create();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscribe_ImagesEncodedThereAndHere_ArriveWithTheirOwnSizes()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Clients.Create(server.Address);
        await Servers.PublishAsync(client, Package);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        (int Width, int Height)[] sizes = [(17, 23), (1, 1), (100, 8), (33, 64)];
        byte[][] codes;
        await using (
            ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Package.Manifest.Name, 1, cancellationToken: Token)
        )
        {
            CodecModel encoder = await publisher.GetEncoderAsync(Token);
            codes = [.. sizes.Select((size, i) => encoder.Encode(SmallGrid.Image(size.Width, size.Height, i), size.Width, size.Height, 1))];
            for (int i = 0; i < sizes.Length; i++)
            {
                ReadOnlyMemory<byte> pixels = SmallGrid.Image(sizes[i].Width, sizes[i].Height, i);
                ImageSource image = ImageSource.FromPixels(pixels, sizes[i].Width, sizes[i].Height);
                if (i % 2 == 0)
                    await publisher.SendImageAsync(image, cancellationToken: Token);
                else
                    await publisher.SendCodeAsync(codes[i], cancellationToken: Token);
            }

            await publisher.FlushAsync(Token);
        }

        List<DecodedImage> images = await client
            .SubscribeAsync(Channel, SubscribeFrom.Start, cancellationToken: Token)
            .FirstAsync(sizes.Length);

        Assert.Equal(sizes, images.Select(image => (image.Width, image.Height)));
        CodecModel model = await client.GetLocalModelAsync(Package.Manifest.Name, cancellationToken: Token);
        Assert.All(images, (image, i) => Assert.Equal(model.Decode(codes[i], 1).Samples, image.Pixels.ToArray()));
    }

    [Fact]
    public async Task Encode_AnImageOfASizeOutsideTheBounds_IsRefusedByTheServer()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using CodecClient client = Clients.Create(server.Address);
        await Servers.PublishAsync(client, SmallModel.Create());
        ImageSource image = ImageSource.FromPixels(SmallGrid.Image(17, 23, 1), 17, 23);

        var failure = await Assert.ThrowsAsync<InvalidRequestException>(() => client.EncodeAsync(image, "small-8", 1, Token));

        Assert.Contains("accepts 8×8", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribe_ImageOfMorePixelsThanTheClientAllows_EndsBeforeItIsDecoded()
    {
        await using ServerProcess server = await Servers.StartAsync();
        using var client = new CodecClient(Clients.Options(server.Address) with { MaxImagePixels = 1000 });
        await Servers.PublishAsync(client, Package);
        await client.CreateChannelAsync(Channel, cancellationToken: Token);
        await using (
            ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Package.Manifest.Name, 0, cancellationToken: Token)
        )
        {
            await publisher.SendImageAsync(ImageSource.FromPixels(SmallGrid.Image(10, 100, 1), 10, 100), cancellationToken: Token);
            await publisher.SendImageAsync(ImageSource.FromPixels(SmallGrid.Image(7, 143, 2), 7, 143), cancellationToken: Token);
            await publisher.FlushAsync(Token);
        }

        await using IAsyncEnumerator<DecodedImage> images = client
            .SubscribeAsync(Channel, SubscribeFrom.Start, cancellationToken: Token)
            .GetAsyncEnumerator(Token);

        Assert.True(await images.MoveNextAsync());
        Assert.Equal((10, 100), (images.Current.Width, images.Current.Height));
        var failure = await Assert.ThrowsAsync<CorruptDataException>(async () => await images.MoveNextAsync());
        Assert.Contains("7×143 pixels; MaxImagePixels allows 1000", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromPixels_SizeOutsideTheBounds_IsRefusedByTheClient()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageSource.FromPixels(new byte[3], 8193, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageSource.FromPixels(new byte[3], 1, 0));
        Assert.Throws<ArgumentException>(() => ImageSource.FromPixels(new byte[3], 8192, 8192));
    }
}
