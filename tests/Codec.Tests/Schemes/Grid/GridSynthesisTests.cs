using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Schemes.Grid;
using Codec.Simd;
using Codec.Tests.Shared;
using Codec.Transforms;

namespace Codec.Tests.Schemes.Grid;

/// <summary>
/// Proves that windows that are cut out, analyzed, synthesized and summed restore the image, and that sparse synthesis equals a dense run
/// of the graph.
/// </summary>
public sealed class GridSynthesisTests
{
    private static readonly ImageGeometry Window = SmallGrid.Window;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 64)]
    [InlineData(64, 1)]
    [InlineData(4, 4)]
    [InlineData(17, 23)]
    [InlineData(40, 8)]
    public void Add_AllLatentsOfAnImage_GivesItBack(int width, int height)
    {
        byte[] image = SmallGrid.Image(width, height, seed: width + height);
        byte[] restored = Restore(image, width, height, SmallGrid.SeparableDecoder(), SimdPath.Scalar);
        Assert.All(image.Zip(restored), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    /// <summary>A short axis is stretched to whole blocks and shrunk again without loss; a longer one beside it is padded.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(17, 23)]
    [InlineData(40, 8)]
    [InlineData(128, 85)]
    [InlineData(300, 33)]
    [InlineData(33, 300)]
    [InlineData(150, 149)]
    public void Add_AllLatentsOfAStretchedImage_GivesItBack(int width, int height)
    {
        var entry = new GridEntry(SmallGrid.Stride, SmallGrid.Transforms) { Stretch = true };
        var grid = WindowGrid.Of(new ImageSize(width, height), entry, Window);
        Assert.True(grid.IsStretched);
        byte[] image = SmallGrid.Image(width, height, seed: width + height);
        byte[] restored = Restore(image, grid, SmallGrid.SeparableDecoder(), SimdPath.Scalar);
        Assert.All(image.Zip(restored), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    [Fact]
    public void Add_EveryPath_GivesTheBytesOfTheScalarOne()
    {
        byte[] image = SmallGrid.Image(45, 30, seed: 3);
        byte[] scalar = Restore(image, 45, 30, SmallGrid.SeparableDecoder(), SimdPath.Scalar);
        Assert.All(Enum.GetValues<SimdPath>(), path => Assert.Equal(scalar, Restore(image, 45, 30, SmallGrid.SeparableDecoder(), path)));
    }

    [Fact]
    public void Add_SeparableAndFullProduct_AgreeToOneGreyLevel()
    {
        byte[] image = SmallGrid.Image(45, 30, seed: 4);
        byte[] separable = Restore(image, 45, 30, SmallGrid.SeparableDecoder(), SimdPath.Scalar);
        byte[] full = Restore(image, 45, 30, SmallGrid.FullDecoder(), SimdPath.Scalar);
        Assert.All(separable.Zip(full), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    [Fact]
    public void TryCreate_OtherGraphs_AreNotTakenForSeparable()
    {
        Assert.False(SeparableSynthesis.TryCreate(Parse(SmallGrid.FullDecoder()), Window, SimdPath.Scalar, out _));
        OnnxGraphBuilder graph = OnnxGraphBuilder.Decoder(SmallGrid.GraphLatents, Window);
        Assert.False(
            SeparableSynthesis.TryCreate(
                Parse(
                    graph.Build(
                        graph.Reshape(
                            graph.MatMul(
                                graph.Input,
                                graph.Constant(new float[SmallGrid.GraphLatents * Window.Samples], SmallGrid.GraphLatents, Window.Samples)
                            ),
                            Window.Height,
                            Window.Width,
                            Window.Channels
                        )
                    )
                ),
                Window,
                SimdPath.Scalar,
                out _
            )
        );
    }

    [Theory]
    [InlineData(1, 4, 2)]
    [InlineData(2, 4, 2)]
    [InlineData(1, 8, 4)]
    public void Mirror_BeyondTheBlocks_ReflectsAtTheirEdges(int blocks, int stride, int margin)
    {
        int[] sources = WindowGrid.Mirror(blocks, stride, margin);
        Assert.Equal(blocks * stride + 2 * margin, sources.Length);
        Assert.Equal(Enumerable.Range(0, blocks * stride), sources.Skip(margin).Take(blocks * stride));
        // The decoder mirrors at the blocks' edge too: both must map the same positions.
        for (int i = 0; i < margin; i++)
        {
            Assert.Equal(sources[margin + i], sources[margin - 1 - i]);
            Assert.Equal(sources[margin + blocks * stride - 1 - i], sources[margin + blocks * stride + i]);
        }
    }

    private static byte[] Restore(byte[] image, int width, int height, byte[] decoder, SimdPath path) =>
        Restore(image, new WindowGrid(width, height, SmallGrid.Stride, Window), decoder, path);

    private static byte[] Restore(byte[] image, WindowGrid grid, byte[] decoder, SimdPath path)
    {
        using var analysis = new NetworkRun(
            OnnxNetworkRuntime.Instance,
            OnnxGraph.Parse(SmallGrid.Encoder(), "encoder", GraphSignature.Encoder(Window, SmallGrid.GraphLatents))
        );
        using var head = GridHead.Load(new GraphLoader(OnnxNetworkRuntime.Instance, path), Parse(decoder), Window, filter: null);
        var reader = new WindowReader(grid, new PixelScaling(Window));
        var windows = new float[grid.Columns * Window.Samples];
        var graph = new float[grid.Columns * SmallGrid.GraphLatents];
        var latents = new float[SmallGrid.Latents];
        short[] every = [.. Enumerable.Range(0, latents.Length).Select(i => (short)i)];
        var restored = new byte[image.Length];
        var synthesis = new GridSynthesis(grid, head, quality: 0, restored);
        for (int row = 0; row < grid.Rows; row++)
        {
            reader.Read(image, row, windows);
            analysis.Run(windows, grid.Columns, graph);
            for (int column = 0; column < grid.Columns; column++)
            {
                // Every transform restores the image, whatever the neighbours' transforms are.
                int transform = (row + 3 * column) % SmallGrid.Transforms;
                ReadOnlySpan<ushort> places = SmallGrid.Order.AsSpan(transform * SmallGrid.Latents, SmallGrid.Latents);
                for (int i = 0; i < latents.Length; i++)
                    latents[i] = graph[column * SmallGrid.GraphLatents + places[i]];
                synthesis.Add(row, column, places, every, latents);
            }
        }

        return restored;
    }

    private static OnnxGraph Parse(byte[] decoder) =>
        OnnxGraph.Parse(decoder, "head image", GraphSignature.Decoder(SmallGrid.GraphLatents, Window));
}
