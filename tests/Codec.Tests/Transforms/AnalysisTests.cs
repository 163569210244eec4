using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;
using Codec.Simd;
using Codec.Tests.Shared;
using Codec.Transforms;
using Codec.Transforms.Programs;

namespace Codec.Tests.Transforms;

/// <summary>Compares linear encoders in our own code with ONNX Runtime, on every path.</summary>
public sealed class AnalysisTests
{
    private static readonly SimdPath[] Paths = Enum.GetValues<SimdPath>();

    public static TheoryData<string> Models => ["photos", "faces-64", "small-8", "small-grid"];

    public static MatrixTheoryData<string, int> ModelsAndBatches => new(["photos", "faces-64", "small-8", "small-grid"], [1, 2, 65]);

    [Theory]
    [MemberData(nameof(ModelsAndBatches))]
    public void Run_LinearEncoder_EqualsOnnxRuntime(string name, int batch)
    {
        ModelPackage package = Package(name);
        OnnxGraph graph = Encoder(package);
        float[] pixels = Pixels(package.Manifest.Input, batch),
            expected = new float[batch * package.Manifest.GraphLatents];
        using var network = new NetworkRun(OnnxNetworkRuntime.Instance, graph);
        network.Run(pixels, batch, expected);

        float[][] actual = [.. Paths.Select(path => Run(graph, path, pixels, batch))];

        float largest = expected.Max(Math.Abs);
        Assert.All(
            expected.Zip(actual[0]),
            pair => Assert.InRange(pair.Second, pair.First - 1e-4f * largest, pair.First + 1e-4f * largest)
        );
        Assert.All(actual, latents => Assert.Equal(actual[0], latents));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Run_Batch_GivesTheLatentsOfEachAlone(string name)
    {
        const int batch = 65;
        ModelPackage package = Package(name);
        OnnxGraph graph = Encoder(package);
        (int samples, int latents) = (package.Manifest.Input.Samples, package.Manifest.GraphLatents);
        float[] pixels = Pixels(package.Manifest.Input, batch);
        foreach (SimdPath path in Paths)
        {
            float[] together = Run(graph, path, pixels, batch);
            foreach (int image in new[] { 0, batch / 2, batch - 1 })
            {
                Assert.Equal(
                    Run(graph, path, pixels[(image * samples)..((image + 1) * samples)], 1),
                    together[(image * latents)..((image + 1) * latents)]
                );
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Encode_GoldenImage_GivesTheGoldenCode(string name)
    {
        ModelPackage package = Package(name);
        using CodecModel model = CodecModel.Load(package);
        model.CheckGolden();
        // The golden codes were made on hardware with fused multiply-add; without it a symbol may differ.
        Assert.SkipUnless(Fma.IsSupported || AdvSimd.IsSupported, "No fused multiply-add here.");
        GoldenEntry golden = package.Manifest.Golden;
        ImageSize size = model.ReadSize(golden.Code.Span);
        Assert.Equal(golden.Code.ToArray(), model.Encode(package.Blobs[golden.Image.Digest].Span, size.Width, size.Height, golden.Quality));
    }

    [Fact]
    public void Run_NetworkEncoder_IsLeftToOnnxRuntime()
    {
        OnnxGraph linear = Encoder(SmallModel.Create()),
            network = Encoder(SmallModel.Create(networkEncoder: true));
        Assert.True(LinearProgram.TryCreate(linear, SimdPath.Scalar, out _));
        Assert.False(LinearProgram.TryCreate(network, SimdPath.Scalar, out _));
        float[] pixels = Pixels(SmallModel.Geometry, 3),
            expected = new float[3 * SmallModel.Latents];
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, linear);
        runtime.Run(pixels, 3, expected);
        Assert.All(Run(network, SimdPath.Scalar, pixels, 3).Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-2f));
    }

    private static float[] Run(OnnxGraph graph, SimdPath path, float[] pixels, int batch)
    {
        using IRunnableGraph analysis = new GraphLoader(OnnxNetworkRuntime.Instance, path).LoadAnalysis(graph);
        Assert.IsNotType<UnavailableGraph>(analysis);
        var latents = new float[batch * graph.Signature.OutputLength];
        analysis.Run(pixels, batch, latents);
        return latents;
    }

    private static ModelPackage Package(string name) =>
        name switch
        {
            "small-8" => SmallModel.Create(),
            "small-grid" => SmallGrid.Create(),
            _ => ModelPackage.Load(Path.Combine(AppContext.BaseDirectory, "models", $"{name}.codec")),
        };

    private static OnnxGraph Encoder(ModelPackage package) =>
        OnnxGraph.Parse(
            package.Blobs[package.Manifest.Encoder.Digest],
            "encoder",
            GraphSignature.Encoder(package.Manifest.Input, package.Manifest.GraphLatents)
        );

    /// <summary>Smooth images with a little noise.</summary>
    private static float[] Pixels(ImageGeometry geometry, int batch)
    {
        var random = new Random(batch);
        var bytes = new byte[batch * geometry.Samples];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(128 + 80 * Math.Sin(i * 0.003) + random.Next(-20, 21));
        var pixels = new float[bytes.Length];
        new PixelScaling(geometry).ToFloats(bytes, pixels);
        return pixels;
    }
}
