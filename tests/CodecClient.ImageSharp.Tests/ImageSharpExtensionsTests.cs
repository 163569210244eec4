using Codec.Images;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Codec.Client.ImageSharp.Tests;

public sealed class ImageSharpExtensionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FromThenToImage_ThroughAServer_ShowsThePicture()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { ShippedModels = true }, Token);
        using var client = new CodecClient(new CodecClientOptions { Address = new Uri(server.Address), CacheDirectory = null });
        await client.CreateChannelAsync("gradients", cancellationToken: Token);
        using Image<Rgb24> sent = Gradient(96, 64);
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync("gradients", "photos", 6, cancellationToken: Token))
            await publisher.PublishAsync(ImageSource.From(sent), cancellationToken: Token);

        await foreach (DecodedImage decoded in client.SubscribeAsync("gradients", SubscribeFrom.Start, Token))
        {
            using Image<Rgb24> received = decoded.ToImage();
            using var png = new MemoryStream();
            await received.SaveAsPngAsync(png, Token);
            png.Position = 0;
            using Image<Rgb24> saved = await Image.LoadAsync<Rgb24>(png, Token);
            Assert.Equal((96, 64), (saved.Width, saved.Height));
            Assert.True(MeanError(sent, saved) < 3, $"mean error {MeanError(sent, saved)}");
            break;
        }
    }

    [Fact]
    public void From_ImageOfEachKind_IsGreyOrColor()
    {
        using var grey = new Image<L8>(3, 2, new L8(7));
        using var deep = new Image<L16>(3, 2, new L16(0x0707));
        using var color = new Image<Rgba64>(3, 2, new Rgba64(0x0100, 0x0200, 0x0300, 0xFFFF));

        Assert.Equal([7, 7, 7, 7, 7, 7], Samples(ImageSource.From(grey)));
        Assert.Equal(Samples(ImageSource.From(grey)), Samples(ImageSource.From(deep)));
        Assert.Equal([1, 2, 3], Samples(ImageSource.From(color))[..3]);
        Assert.Equal(18, Samples(ImageSource.From(color)).Length);
    }

    [Fact]
    public void From_TransparentPixels_AreOverWhite()
    {
        using var image = new Image<Rgba32>(2, 1);
        image[0, 0] = new Rgba32(200, 0, 0, 0);
        image[1, 0] = new Rgba32(0, 0, 0, 128);

        byte[] samples = Samples(ImageSource.From(image));

        Assert.Equal([255, 255, 255], samples[..3]);
        Assert.All(samples[3..], sample => Assert.InRange(sample, 126, 128));
    }

    [Fact]
    public void From_SideTooLarge_NamesTheLimit()
    {
        using var image = new Image<L8>(ModelLimits.MaxImageSide + 1, 1);
        var failure = Assert.Throws<ArgumentException>(() => ImageSource.From(image));
        Assert.StartsWith("The image is 8193×1; an image is 1 to 8192 pixels wide and high.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToImage_GreyAndColorRasters_KeepTheirSamples()
    {
        using Image<Rgb24> grey = new Raster(2, 1, 1, [5, 250]).ToImage(),
            color = new Raster(1, 1, 3, [1, 2, 3]).ToImage();
        Assert.Equal((new Rgb24(5, 5, 5), new Rgb24(250, 250, 250), new Rgb24(1, 2, 3)), (grey[0, 0], grey[1, 0], color[0, 0]));
    }

    private static byte[] Samples(ImageSource source) => source.Message.Pixels.Data.ToByteArray();

    private static Image<Rgb24> Gradient(int width, int height)
    {
        var image = new Image<Rgb24>(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                image[x, y] = new Rgb24((byte)(x * 2), (byte)(y * 3), (byte)(x + y));
        }

        return image;
    }

    private static double MeanError(Image<Rgb24> a, Image<Rgb24> b)
    {
        double sum = 0;
        for (int y = 0; y < a.Height; y++)
        {
            for (int x = 0; x < a.Width; x++)
                sum += Math.Abs(a[x, y].R - b[x, y].R) + Math.Abs(a[x, y].G - b[x, y].G) + Math.Abs(a[x, y].B - b[x, y].B);
        }

        return sum / (3.0 * a.Width * a.Height);
    }
}
