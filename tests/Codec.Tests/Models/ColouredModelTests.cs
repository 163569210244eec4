using Codec.Entropy;
using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Schemes.Grid;
using Codec.Simd;
using Codec.Tests.Golden;
using Codec.Tests.Shared;
using Codec.Transforms;

namespace Codec.Tests.Models;

/// <summary>A complete model whose colours are predicted from the luminance.</summary>
public sealed class ColouredModelTests : IDisposable
{
    // Width and height, below 128, have one byte each.
    private const int HeaderBytes = 2;

    private static readonly ModelPackage Package = SmallGrid.Create(coloured: true);

    private readonly CodecModel _model = CodecModel.Load(Package);
    private readonly Prior _prior = Prior.Parse(Package.Blobs[Package.Manifest.Prior.Digest].Span);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void CheckGolden_ItsOwn_Passes() => _model.CheckGolden();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Decode_APicture_GivesThePixelsOfTheFormat(int quality)
    {
        const int width = 70,
            height = 40;
        byte[] picture = Tinted(width, height);
        byte[] code = _model.Encode(picture, width, height, quality);
        var grid = new WindowGrid(width, height, SmallGrid.Stride, SmallGrid.Window);
        ReferenceGrid decoded = new ReferenceGridDecoder(_prior.Tables, quality, grid.Columns, code[HeaderBytes..]).Decode(grid.Rows)!;
        Assert.Contains(decoded.Predicted, block => block.Any(prediction => prediction != 0));

        float step = Package.Manifest.Qualities[quality].Step;
        short[] every = [.. Enumerable.Range(0, _prior.Tables.Qualities[quality].Coded).Select(i => (short)i)];
        var pixels = new byte[picture.Length];
        using var head = GridHead.Load(
            new GraphLoader(OnnxNetworkRuntime.Instance, SimdPath.Scalar),
            OnnxGraph.Parse(
                SmallGrid.SeparableDecoder(coloured: true),
                "head image",
                GraphSignature.Decoder(SmallGrid.GraphLatents, SmallGrid.Window)
            ),
            SmallGrid.Window,
            filter: null
        );
        var synthesis = new GridSynthesis(grid, head, quality, pixels);
        int[] transforms = Transforms(quality, grid, code);
        for (int block = 0; block < transforms.Length; block++)
        {
            float[] latents = ReferenceLatents.Restore(_prior.Tables, quality, step, decoded, block);
            ReadOnlySpan<ushort> places = SmallGrid.Order.AsSpan(transforms[block] * SmallGrid.Latents, SmallGrid.Latents);
            synthesis.Add(block / grid.Columns, block % grid.Columns, places, every, latents);
        }

        Assert.Equal(pixels, _model.Decode(code, quality).Samples);
        Assert.InRange(MeanSquaredError(picture, pixels), 0, quality == 0 ? 600 : 60);
    }

    [Fact]
    public void Encode_ATintedPicture_TakesFewerBytesThanWithoutPredictedColours()
    {
        PriorTables tables = _prior.Tables;
        var plain = new Prior(tables with { Grid = tables.Grid! with { Colours = null } });
        using CodecModel without = CodecModel.Load(With(Package.Manifest, plain.ToBlob()));
        byte[] picture = Tinted(96, 80);
        byte[] code = _model.Encode(picture, 96, 80, 1),
            longer = without.Encode(picture, 96, 80, 1);
        Assert.InRange(code.Length, 1, longer.Length * 9 / 10);
        Assert.InRange(
            MeanSquaredError(picture, _model.Decode(code, 1).Samples),
            0,
            1.05 * MeanSquaredError(picture, without.Decode(longer, 1).Samples)
        );
    }

    [Fact]
    public void Encode_AGreyPicture_StaysExactlyGreyWithoutColours()
    {
        byte[] grey = [.. SmallGrid.Image(50, 40, seed: 3).Chunk(3).SelectMany(pixel => Enumerable.Repeat(pixel[0], 3))];
        for (int quality = 0; quality < 2; quality++)
        {
            byte[] code = _model.Encode(grey, 50, 40, quality);
            short[] symbols = _model.DecodeSymbols(code, quality);
            Assert.Contains(symbols, symbol => symbol != 0);
            Assert.All(symbols.Where((_, i) => i % 3 > 0), symbol => Assert.Equal(0, symbol));
            GridCoder.Decode(
                new GridContext(_prior, quality, 4),
                new RowRange(0, 3),
                code.AsSpan(HeaderBytes),
                (in block) =>
                {
                    foreach (CodedLatent latent in block.Latents)
                        Assert.Equal(0, latent.Prediction);
                }
            );
            Assert.All(
                _model.Decode(code, quality).Samples.Chunk(3),
                pixel => Assert.True(pixel[0] == pixel[1] && pixel[1] == pixel[2], string.Join(' ', pixel))
            );
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Load_AnEarlierFormat_IsRefused(int format)
    {
        ModelManifest manifest = Package.Manifest with { Format = format };
        InvalidModelException refusal = Assert.Throws<InvalidModelException>(() =>
            CodecModel.Load(new ModelPackage(manifest.ToJson(), Package.Blobs))
        );
        Assert.Equal("prior", refusal.Field);
        Assert.Contains(format == 1 ? "format 2" : "format 4", refusal.Message, StringComparison.Ordinal);
    }

    private int[] Transforms(int quality, WindowGrid grid, byte[] code)
    {
        var transforms = new int[grid.Rows * grid.Columns];
        GridCoder.Decode(
            new GridContext(_prior, quality, grid.Columns),
            new RowRange(0, grid.Rows),
            code.AsSpan(HeaderBytes),
            (in block) => transforms[block.Row * grid.Columns + block.Column] = block.Transform
        );
        return transforms;
    }

    private static ModelPackage With(ModelManifest manifest, byte[] prior)
    {
        Dictionary<Digest, ReadOnlyMemory<byte>> blobs = new(Package.Blobs) { [Digest.Of(prior)] = prior };
        blobs.Remove(manifest.Prior.Digest);
        return new ModelPackage((manifest with { Prior = new BlobEntry(Digest.Of(prior), prior.Length) }).ToJson(), blobs);
    }

    /// <summary>A texture of one hue: its colours follow its luminance.</summary>
    private static byte[] Tinted(int width, int height) =>
        [
            .. SmallGrid
                .Image(width, height, seed: 4)
                .Chunk(3)
                .SelectMany(pixel => new[] { pixel[0], (byte)(40 + pixel[0] * 5 / 8), (byte)(90 + pixel[0] / 4) }),
        ];

    private static double MeanSquaredError(byte[] a, byte[] b) => a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average();
}
