using Codec.Client.Tests.Infrastructure;
using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Client.Tests.Images;

/// <summary>Images that the real server encodes: pixels, files, and files whose size is not the model's.</summary>
public sealed class EncodeOnServerTests
{
    private const string Model = "small-8";
    private const int Side = SmallModel.Side;

    private static readonly CodecModel Local = CodecModel.Load(SmallModel.Create());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Encode_PixelsAndTheirFile_ProduceTheSameCode()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        byte[] file = ImageFile.EncodePng(new Raster(Side, Side, 3, SmallModel.Image(3)));

        EncodedImage ofPixels = await client.EncodeAsync(Clients.Source(3), Model, 1, Token);
        EncodedImage ofFile = await client.EncodeAsync(ImageSource.FromFile(file), Model, 1, Token);

        Assert.Equal((Local.Version, 1), (ofPixels.Version, ofPixels.Quality));
        Assert.Equal(Local.Encode(SmallModel.Image(3), Side, Side, 1), ofPixels.Code.ToArray());
        Assert.Equal(ofPixels.Code.ToArray(), ofFile.Code.ToArray());
        EncodedImage coarse = await client.EncodeAsync(Clients.Source(3), $"{Model}@live", 0, Token);
        Assert.Equal(0, coarse.Quality);
        Assert.True(coarse.Code.Length < ofPixels.Code.Length);
    }

    [Fact]
    public async Task Encode_FileOfAnotherSize_IsFittedAsRequested()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        // Twice as wide as high, in three stripes; covering shows only the middle one.
        var image = new Raster(4 * Side, 2 * Side, 3, Stripes(4 * Side, 2 * Side));
        byte[] file = ImageFile.EncodePng(image);

        EncodedImage covered = await client.EncodeAsync(ImageSource.FromFile(file, ImageFit.Cover), Model, 1, Token);
        EncodedImage stretched = await client.EncodeAsync(ImageSource.BorrowFile(file, ImageFit.Stretch), Model, 1, Token);
        var refusal = await Assert.ThrowsAsync<InvalidRequestException>(() =>
            client.EncodeAsync(ImageSource.FromFile(file, ImageFit.Exact), Model, 1, Token)
        );

        Assert.Equal(Code(Resampler.Cover(image, Side, Side)), covered.Code.ToArray());
        Assert.Equal(Code(Resampler.Resize(image, Side, Side)), stretched.Code.ToArray());
        Assert.NotEqual(covered.Code.ToArray(), stretched.Code.ToArray());
        Assert.Contains("32 × 16", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("8×8", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encode_QualityThatTheModelLacks_NamesThoseItHas()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);

        var failure = await Assert.ThrowsAsync<InvalidRequestException>(() => client.EncodeAsync(Clients.Source(1), Model, 40, Token));

        Assert.Contains("40", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotFoundException>(() => client.EncodeAsync(Clients.Source(1), "another", 1, Token));
    }

    [Fact]
    public async Task EncodeAll_OneBadFile_IsRefusedInOrder()
    {
        await using ServerProcess server = await Servers.StartWithModelAsync();
        using CodecClient client = Clients.Create(server.Address);
        var damaged = ImageSource.FromFile(new byte[] { 0xFF, 0xD8, 0xFF, 1 });
        ImageSource[] images = [Clients.Source(0), Clients.Source(1), damaged, Clients.Source(3)];

        List<EncodeResult> results = await client.EncodeAllAsync(images.ToAsyncEnumerable(), Model, 1, Token).ToListSoonAsync();

        Assert.Equal([0, 1, 2, 3], results.Select(result => result.Index));
        Assert.Equal([true, true, false, true], results.Select(result => result.IsEncoded));
        Assert.IsType<InvalidRequestException>(results[2].Error);
        foreach (EncodeResult result in results.Where(result => result.IsEncoded))
            Assert.Equal(Local.Encode(SmallModel.Image((int)result.Index), Side, Side, 1), result.Image!.Code.ToArray());
    }

    private static byte[] Code(Raster image) => Local.Encode(image.Samples, Side, Side, 1);

    private static byte[] Stripes(int width, int height)
    {
        byte[] samples = new byte[width * height * 3];
        for (int i = 0; i < samples.Length; i++)
        {
            int x = i / 3 % width;
            samples[i] =
                x < width / 4 ? (byte)10
                : x < width * 3 / 4 ? (byte)(80 + x * 3)
                : (byte)240;
        }

        return samples;
    }
}
