using Codec.Images;
using Codec.Models;
using Codec.Schemes;
using Codec.Schemes.Fixed;
using Codec.Schemes.Grid;
using Codec.Simd;
using Codec.Tests.Shared;
using Codec.Transforms;

namespace Codec.Tests.Schemes;

/// <summary>Tests on each scheme what every scheme must do.</summary>
public sealed class SchemeTests
{
    private static readonly GraphLoader Graphs = new(networks: null, SimdPaths.Selected);

    private const int Quality = 1;

    [Fact]
    public void Load_ManifestWithAndWithoutAGrid_ChoosesTheScheme()
    {
        using IScheme single = SchemeLoader.Load(SmallModel.Create(), Graphs, threads: 1),
            grid = SchemeLoader.Load(SmallGrid.Create(), Graphs, threads: 1);
        Assert.IsType<FixedScheme>(single);
        Assert.IsType<GridScheme>(grid);
        Assert.Equal((true, true, "8×8"), (single.IsFixedSize, single.Batches, single.TakenSizes));
        Assert.Equal((false, false, "1×1 to 8192×8192"), (grid.IsFixedSize, grid.Batches, grid.TakenSizes));
    }

    [Theory]
    [InlineData("small-8", 8, 8, true)]
    [InlineData("small-8", 8, 9, false)]
    [InlineData("small-8", 16, 4, false)]
    [InlineData("small-grid", 1, 8192, true)]
    [InlineData("small-grid", 8193, 1, false)]
    [InlineData("small-grid", 1, 0, false)]
    public void Takes_Size_IsWhatTheSchemeAllows(string model, int width, int height, bool expected)
    {
        using IScheme scheme = SchemeLoader.Load(Package(model), Graphs, threads: 1);
        Assert.Equal(expected, scheme.Takes(new ImageSize(width, height)));
    }

    [Theory]
    [InlineData("small-8")]
    [InlineData("small-grid")]
    public void Decode_CodeFollowedByBytes_EveryMethodTakesTheCodeAlone(string model)
    {
        ModelPackage package = Package(model);
        using IScheme scheme = SchemeLoader.Load(package, Graphs, threads: 1);
        ImageSize size = package.Manifest.GoldenSize;
        byte[] code = scheme.Encode(package.Blobs[package.Manifest.Golden.Image.Digest].Span, size, Quality, effort: 0, out _);
        byte[] bytes = [.. code, 7, 7, 7];

        Assert.Equal(package.Manifest.Golden.Code.ToArray(), code);
        Assert.Equal(size, scheme.ReadSize(bytes, ModelManifest.ImageHead));
        Assert.Equal(code.Length, scheme.Check(bytes, Quality));
        Assert.Equal(code.Length, scheme.DecodeSymbols(bytes, Quality, out short[] symbols));
        Assert.Equal(0, symbols.Length % package.Manifest.Latents);
        Assert.Contains(symbols, symbol => symbol != 0);
        byte[] samples = new byte[size.Pixels * scheme.ChannelsOf(ModelManifest.ImageHead)];
        Assert.Equal(code.Length, scheme.Decode(bytes, Quality, ModelManifest.ImageHead, samples));
        Assert.Contains(samples, sample => sample != 0);
    }

    [Theory]
    [InlineData("small-8")]
    [InlineData("small-grid")]
    public void ReadSizeAndDecode_UnknownHead_NameThoseThatExist(string model)
    {
        ModelPackage package = Package(model);
        using IScheme scheme = SchemeLoader.Load(package, Graphs, threads: 1);
        byte[] code = package.Manifest.Golden.Code.ToArray();
        Assert.Contains(
            "it has: image",
            Assert.Throws<ArgumentException>(() => scheme.ReadSize(code, "mask")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "it has: image",
            Assert.Throws<ArgumentException>(() => scheme.Decode(code, Quality, "mask", default)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void EncodeBatch_Grid_IsRefused()
    {
        using IScheme scheme = SchemeLoader.Load(SmallGrid.Create(), Graphs, threads: 1);
        Assert.Throws<InvalidOperationException>(() => scheme.EncodeBatch(new byte[SmallGrid.Window.Samples], Quality, out _));
    }

    [Fact]
    public void Analyze_GridWithSeveralTransforms_GivesTheLatentsOfAll()
    {
        using IScheme scheme = SchemeLoader.Load(SmallGrid.Create(), Graphs, threads: 1);
        Assert.Equal(3 * SmallGrid.GraphLatents, scheme.Encoder.Analyze(new byte[3 * SmallGrid.Window.Samples]).Length);
    }

    private static ModelPackage Package(string name) => name == "small-8" ? SmallModel.Create() : SmallGrid.Create();
}
