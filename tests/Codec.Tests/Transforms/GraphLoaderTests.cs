using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Simd;
using Codec.Tests.Shared;
using Codec.Transforms;
using Codec.Transforms.Programs;

namespace Codec.Tests.Transforms;

public sealed class GraphLoaderTests
{
    [Fact]
    public void LoadAnalysis_LinearOrNot_ChoosesOurCodeOrTheRuntime()
    {
        using IRunnableGraph linear = new GraphLoader(OnnxNetworkRuntime.Instance, SimdPath.Scalar).LoadAnalysis(
                Encoder(SmallModel.Create())
            ),
            network = new GraphLoader(OnnxNetworkRuntime.Instance, SimdPath.Scalar).LoadAnalysis(
                Encoder(SmallModel.Create(networkEncoder: true))
            );
        Assert.IsType<LinearProgram>(linear);
        Assert.IsType<NetworkRun>(network);
    }

    [Fact]
    public void Load_NetworkWithoutARuntime_NamesThePackageAndStillDecodesWhereOnlyTheEncoderIsOne()
    {
        var failure = Assert.Throws<RuntimeUnavailableException>(() => CodecModel.Load(SmallModel.Create(networkHead: true)));
        Assert.Equal("head image", failure.Role);
        Assert.Contains("reference the package Codec.Onnx", failure.Message, StringComparison.Ordinal);

        using CodecModel decoder = CodecModel.Load(SmallModel.Create(networkEncoder: true));
        Assert.False(decoder.CanEncode);
        Assert.Equal("encoder", Assert.Throws<RuntimeUnavailableException>(decoder.CheckEncoder).Role);
    }

    [Fact]
    public void LoadSynthesis_LinearOrNot_GivesTheSamePixels()
    {
        using ISynthesis linear = Synthesis(SmallModel.Create()),
            network = Synthesis(SmallModel.Create(networkHead: true));
        Assert.IsType<LinearSynthesis>(linear);
        Assert.IsType<GraphSynthesis>(network);
        var random = new Random(3);
        float[] latents = [.. Enumerable.Range(0, SmallModel.Latents).Select(_ => random.NextSingle() * 200 - 100)];
        Assert.Equal(Pixels(linear, latents), Pixels(network, latents));
    }

    [Fact]
    public void SynthesizeGreys_LinearOrNot_AgreeAndLeaveTheOffsetOut()
    {
        using ISynthesis linear = Synthesis(SmallModel.Create()),
            network = Synthesis(SmallModel.Create(networkHead: true));
        float[] latents = [.. Enumerable.Range(0, SmallModel.Latents).Select(i => i % 5 - 2f)];
        float[] sparse = Greys(linear, latents),
            dense = Greys(network, latents);
        Assert.All(dense.Zip(sparse), pair => Assert.Equal(pair.First, pair.Second, 1e-3f));
    }

    [Fact]
    public void LoadWindowSynthesis_SeparableOrNot_ChoosesTheImplementation()
    {
        using IWindowSynthesis separable = new GraphLoader(OnnxNetworkRuntime.Instance, SimdPath.Scalar).LoadWindowSynthesis(
                Decoder(SmallGrid.SeparableDecoder(), SmallGrid.GraphLatents, SmallGrid.Window),
                SmallGrid.Window
            ),
            dense = new GraphLoader(OnnxNetworkRuntime.Instance, SimdPath.Scalar).LoadWindowSynthesis(
                Decoder(SmallGrid.FullDecoder(), SmallGrid.GraphLatents, SmallGrid.Window),
                SmallGrid.Window
            );
        Assert.IsType<SeparableSynthesis>(separable);
        Assert.IsType<DenseWindowSynthesis>(dense);
        Assert.Equal([1, 0, 0, 0, 1, 0, 0, 0, 1], dense.Colours);
    }

    [Fact]
    public void UnavailableGraph_Run_ThrowsItsReason()
    {
        using var graph = new UnavailableGraph(() => new InvalidOperationException("no encoder"));
        Assert.Equal("no encoder", Assert.Throws<InvalidOperationException>(() => graph.Run([1f], 1, new float[1])).Message);
    }

    private static byte[] Pixels(ISynthesis synthesis, float[] latents)
    {
        var pixels = new byte[SmallModel.Geometry.Samples];
        synthesis.Synthesize(latents, pixels);
        return pixels;
    }

    private static float[] Greys(ISynthesis synthesis, float[] latents)
    {
        var greys = new float[synthesis.GreysLength];
        synthesis.SynthesizeGreys(latents, greys);
        return greys[..SmallModel.Geometry.Samples];
    }

    private static ISynthesis Synthesis(ModelPackage package) =>
        new GraphLoader(OnnxNetworkRuntime.Instance, SimdPath.Scalar).LoadSynthesis(
            Decoder(package.Blobs[package.Manifest.Heads[0].Graph.Digest], SmallModel.Latents, SmallModel.Geometry),
            SmallModel.Geometry
        );

    private static OnnxGraph Encoder(ModelPackage package) =>
        OnnxGraph.Parse(
            package.Blobs[package.Manifest.Encoder.Digest],
            "encoder",
            GraphSignature.Encoder(package.Manifest.Input, package.Manifest.GraphLatents)
        );

    private static OnnxGraph Decoder(ReadOnlyMemory<byte> graph, int latents, ImageGeometry output) =>
        OnnxGraph.Parse(graph, "head image", GraphSignature.Decoder(latents, output));
}
