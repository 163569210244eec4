using Codec.Entropy;
using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Quantization;
using Codec.Schemes;
using Codec.Schemes.Grid;
using Codec.Simd;
using Codec.Tests.Shared;
using Codec.Transforms;

namespace Codec.Tests.Schemes.Grid;

/// <summary>Large images whose codes are cut into slices.</summary>
public sealed class SlicedImageTests
{
    // Four slices of 9 to 10 rows; the last row of blocks extends past the image.
    private const int Width = 45,
        Height = 39 * SmallGrid.Stride - 5,
        Count = 4;

    private const int HeaderBytes = 3;

    private static readonly SliceEntry Slices = new(Width * Height - 1, ModelLimits.MinSliceRows);
    private static readonly WindowGrid Grid = new(Width, Height, SmallGrid.Stride, SmallGrid.Window);
    private static readonly ModelPackage Plain = SmallGrid.Create(slices: Slices),
        Coloured = SmallGrid.Create(coloured: true, slices: Slices);

    private static readonly byte[] Image = SmallGrid.Image(Width, Height, seed: 12);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_AnyNumberOfThreads_GivesThePixelsOfSlicesPaintedInOrder(bool coloured)
    {
        ModelPackage package = coloured ? Coloured : Plain;
        using IScheme one = Load(package, 1),
            two = Load(package, 2),
            three = Load(package, 3);
        byte[] code = one.Encode(Image, new ImageSize(Width, Height), 1, effort: 0, out _);
        byte[] expected = Paint(package, code);
        foreach (IScheme scheme in new[] { one, two, three })
        {
            for (int round = 0; round < 10; round++)
            {
                byte[] samples = new byte[Image.Length];
                Assert.Equal(code.Length, scheme.Decode([.. code, 7], 1, ModelManifest.ImageHead, samples));
                Assert.Equal(expected, samples);
            }

            Assert.Equal(code.Length, scheme.Check(code, 1));
            Assert.Equal(code.Length, scheme.DecodeSymbols(code, 1, out short[] symbols));
            Assert.Equal(Grid.Rows * Grid.Columns * SmallGrid.Latents, symbols.Length);
        }

        // The slices lose nothing: the picture is there.
        Assert.True(expected.Zip(Image).Average(pair => Math.Abs(pair.First - pair.Second)) < 12);
    }

    [Fact]
    public void Encode_AnImageThatIsNotAboveTheBound_IsNotCut()
    {
        using CodecModel cut = CodecModel.Load(Plain),
            whole = CodecModel.Load(SmallGrid.Create());
        byte[] image = Image[..(3 * Width * (Height - 1))];
        Assert.Equal(whole.Encode(image, Width, Height - 1, 1), cut.Encode(image, Width, Height - 1, 1));
        Assert.NotEqual(whole.Encode(Image, Width, Height, 1), cut.Encode(Image, Width, Height, 1));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    public void Synthesis_InTwoRuns_WritesTheSameLines(bool filters, int path)
    {
        ModelPackage package = filters ? Plain : Coloured;
        using GridHead head = LoadHead(package, path == 0 ? SimdPath.Scalar : SimdPaths.Selected);
        Assert.Equal(filters, head.FilterOf(Grid, 1) is not null);
        byte[] code = Encode(package);
        byte[] expected = new byte[Image.Length];
        BlockPainter whole = Painter(package, head, expected, 0);
        Read(package, code, whole.Add);
        foreach (int border in new[] { 5, 8, 20, Grid.Rows - ModelLimits.MinSliceRows })
        {
            byte[] samples = [.. expected.Select(sample => (byte)~sample)];
            int past = GridSynthesis.CountRowsPast(Grid, head, 1, border);
            Assert.InRange(past, 1, ModelLimits.MinSliceRows - 1);
            BlockPainter above = Painter(package, head, samples, 0),
                below = Painter(package, head, samples, border);
            Read(
                package,
                code,
                (in block) =>
                {
                    if (block.Row < border + past)
                        above.Add(block);
                    if (block.Row >= border)
                        below.Add(block);
                }
            );
            Assert.Equal(expected, samples);
        }
    }

    [Fact]
    public void Decode_TruncatedAnywhere_Throws()
    {
        byte[] code = Encode(Coloured);
        using IScheme one = Load(Coloured, 1),
            two = Load(Coloured, 2);
        byte[] samples = new byte[Image.Length];
        for (int length = HeaderBytes; length < code.Length; length += 1 + length / 60)
        {
            Assert.Throws<InvalidCodeException>(() => one.Check(code.AsSpan(0, length), 1));
            Assert.Throws<InvalidCodeException>(() => two.Decode(code.AsSpan(0, length), 1, ModelManifest.ImageHead, samples));
        }
    }

    [Fact]
    public void Decode_DamagedCodes_GiveOnlyTheDocumentedException()
    {
        byte[] code = Encode(Coloured);
        using IScheme one = Load(Coloured, 1),
            two = Load(Coloured, 2);
        byte[] samples = new byte[Image.Length],
            others = new byte[Image.Length];
        int damaged = 0;
        for (int round = 0; round < 400; round++)
        {
            var random = new Random(round);
            byte[] bytes = [.. code];
            for (int i = 0; i <= round % 2; i++)
                bytes[HeaderBytes + random.Next(round % 3 == 0 ? bytes.Length - HeaderBytes : 2 * Count)] ^= (byte)(1 << random.Next(8));
            if (TryDecode(one, bytes, samples) is { } length)
            {
                Assert.Equal(length, TryDecode(two, bytes, others));
                Assert.Equal(samples, others);
            }
            else
            {
                Assert.Null(TryDecode(two, bytes, others));
                damaged++;
            }
        }

        Assert.InRange(damaged, 200, 400);
    }

    private static int? TryDecode(IScheme scheme, byte[] bytes, byte[] samples)
    {
        try
        {
            return scheme.Decode(bytes, 1, ModelManifest.ImageHead, samples);
        }
        catch (InvalidCodeException)
        {
            return null;
        }
    }

    private static IScheme Load(ModelPackage package, int threads) =>
        SchemeLoader.Load(package, new GraphLoader(networks: null, SimdPaths.Selected), threads);

    private static byte[] Encode(ModelPackage package)
    {
        using CodecModel model = CodecModel.Load(package);
        return model.Encode(Image, Width, Height, 1);
    }

    /// <summary>Decodes each slice by itself, and paints the blocks of all with one synthesis.</summary>
    private static byte[] Paint(ModelPackage package, byte[] code)
    {
        byte[] samples = new byte[Image.Length];
        using GridHead head = LoadHead(package, SimdPaths.Selected);
        BlockPainter painter = Painter(package, head, samples, 0);
        Read(package, code, painter.Add);
        return samples;
    }

    private static void Read(ModelPackage package, byte[] code, BlockSink sink)
    {
        byte[] payload = code[HeaderBytes..];
        var slices = GridSlices.Read(payload, Grid.Rows, Count);
        for (int slice = 0; slice < Count; slice++)
            GridCoder.Decode(new GridContext(PriorOf(package), 1, Grid.Columns), slices.Rows(slice), slices.Code(payload, slice), sink);
    }

    private static BlockPainter Painter(ModelPackage package, GridHead head, byte[] samples, int firstRow)
    {
        Prior prior = PriorOf(package);
        var dequantizer = new Dequantizer(prior, 1, package.Manifest.Qualities[1]);
        return new BlockPainter(prior.Tables.Grid!, dequantizer, new GridSynthesis(Grid, head, 1, samples, firstRow));
    }

    private static GridHead LoadHead(ModelPackage package, SimdPath path)
    {
        HeadEntry entry = package.Manifest.Heads[0];
        var graph = OnnxGraph.Parse(
            package.Blobs[entry.Graph.Digest],
            "head image",
            GraphSignature.Decoder(SmallGrid.GraphLatents, SmallGrid.Window)
        );
        return GridHead.Load(new GraphLoader(networks: null, path), package, graph, entry);
    }

    private static Prior PriorOf(ModelPackage package) => Prior.Parse(package.Blobs[package.Manifest.Prior.Digest].Span);
}
