using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Tests.Models;

public sealed class GridModelTests : IDisposable
{
    private readonly CodecModel _model = CodecModel.Load(SmallGrid.Create());

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8192)]
    [InlineData(8192, 1)]
    [InlineData(17, 23)]
    [InlineData(64, 48)]
    public void Encode_AnySize_DecodesToAnImageOfThatSizeNearTheOriginal(int width, int height)
    {
        byte[] image = SmallGrid.Image(width, height, seed: 5);
        byte[] code = _model.Encode(image, width, height, 1);
        Assert.Equal(new ImageSize(width, height), _model.ReadSize(code));
        Raster decoded = _model.Decode(code, 1);
        Assert.Equal((width, height, 3), (decoded.Width, decoded.Height, decoded.Channels));
        Assert.InRange(MeanSquaredError(image, decoded.Samples), 0, 60);
    }

    [Fact]
    public void CheckGolden_ItsOwn_Passes() => _model.CheckGolden();

    [Fact]
    public void Encode_AnotherQuality_CostsOtherBytes()
    {
        byte[] image = SmallGrid.Image(64, 64, seed: 6);
        Assert.True(_model.Encode(image, 64, 64, 0).Length < _model.Encode(image, 64, 64, 1).Length);
    }

    [Fact]
    public void Frame_OfImagesOfSeveralSizes_DecodesEach()
    {
        (int Width, int Height)[] sizes = [(5, 9), (33, 16), (1, 1)];
        byte[][] codes = [.. sizes.Select(size => _model.Encode(SmallGrid.Image(size.Width, size.Height, 7), size.Width, size.Height, 0))];
        Raster[] images = _model.DecodeFrame(CodeFrame.Write(0, [.. codes.Select(code => (ReadOnlyMemory<byte>)code)]));
        Assert.Equal(sizes, images.Select(image => (image.Width, image.Height)));
        for (int i = 0; i < codes.Length; i++)
            Assert.Equal(_model.Decode(codes[i], 0).Samples, images[i].Samples);
    }

    [Fact]
    public void Decode_ManyThreadsAtOnce_GiveTheSameSymbolsAndPixels()
    {
        byte[] code = _model.Encode(SmallGrid.Image(50, 40, seed: 8), 50, 40, 1);
        short[] symbols = _model.DecodeSymbols(code, 1);
        byte[] pixels = _model.Decode(code, 1).Samples;
        Parallel.For(
            0,
            64,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            _ =>
            {
                Assert.Equal(symbols, _model.DecodeSymbols(code, 1));
                Assert.Equal(pixels, _model.Decode(code, 1).Samples);
            }
        );
    }

    [Fact]
    public void Decode_DamagedCodes_ThrowOnlyTheDocumentedException()
    {
        byte[] whole = _model.Encode(SmallGrid.Image(40, 24, seed: 9), 40, 24, 0);
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<InvalidCodeException>(() => _model.Decode(whole.AsSpan(0, length), 0));
        Assert.Throws<InvalidCodeException>(() => _model.Decode([.. whole, 0], 0));
        for (int bit = 16; bit < whole.Length * 8; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            try
            {
                Assert.Equal(new ImageSize(40, 24), _model.Decode(damaged, 0).Size);
            }
            catch (InvalidCodeException) { }
        }
    }

    [Fact]
    public void Load_APriorOfSingleBlocks_IsRefused()
    {
        ModelPackage grid = SmallGrid.Create(),
            single = SmallModel.Create();
        BlobEntry prior = single.Manifest.Prior;
        ModelManifest manifest = grid.Manifest with { Prior = prior };
        Dictionary<Digest, ReadOnlyMemory<byte>> blobs = manifest.Blobs.ToDictionary(
            blob => blob.Digest,
            blob => blob == prior ? single.Blobs[prior.Digest] : grid.Blobs[blob.Digest]
        );
        Assert.Equal(
            "prior",
            Assert.Throws<InvalidModelException>(() => CodecModel.Load(new ModelPackage(manifest.ToJson(), blobs))).Field
        );
    }

    [Fact]
    public void Load_AnotherNumberOfTransforms_IsRefused()
    {
        ModelPackage package = SmallGrid.Create();
        ModelManifest manifest = package.Manifest with { Grid = new GridEntry(SmallGrid.Stride, 1), Latents = SmallGrid.Latents };
        Assert.Equal(
            "prior",
            Assert.Throws<InvalidModelException>(() => CodecModel.Load(new ModelPackage(manifest.ToJson(), package.Blobs))).Field
        );
    }

    private static double MeanSquaredError(byte[] a, byte[] b) => a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average();
}
