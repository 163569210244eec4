using Codec.Images;
using Codec.Onnx;
using Codec.Simd;
using Codec.Transforms;

namespace Codec.Tests.Transforms;

/// <summary>Compares sparse decoding with a dense run of the same graph, and every vector path with the scalar one.</summary>
public sealed class LinearSynthesisTests
{
    private static readonly SimdPath[] Paths = Enum.GetValues<SimdPath>();

    private readonly Random _random = new(42);

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(9, 7, 3, 5)]
    [InlineData(16, 8, 1, 64)] // exactly one tile
    [InlineData(43, 1, 3, 64)] // a tile and a sample
    [InlineData(32, 32, 3, 300)]
    public void Synthesize_RandomLatents_EqualsDense(int width, int height, int channels, int latents)
    {
        var image = new ImageGeometry(width, height, channels, 1f / 255, -0.5f);
        OnnxGraph graph = Parse(
            LinearGraphs.Decoder(Bytes(latents * image.Samples), Floats(latents, 0.002f), Floats(image.Samples, 0.5f), image),
            latents,
            image
        );
        foreach (float density in new[] { 0, 0.05f, 1 })
        {
            foreach (float size in new[] { 0.1f, 1, 50 })
                CheckAgainstDense(graph, image, Latents(latents, density, size));
        }
    }

    [Fact]
    public void Synthesize_ExtremeLatents_EqualsDense()
    {
        var image = new ImageGeometry(20, 10, 3, 1f / 127, -1);
        OnnxGraph graph = Parse(
            LinearGraphs.Decoder(Bytes(16 * image.Samples), Floats(16, 0.01f), Floats(image.Samples, 1), image),
            16,
            image
        );
        foreach (float size in new[] { 1e-38f, 1e-6f, 300, 1e5f })
        {
            // A single term cannot cancel another, so even the largest must agree.
            var latents = new float[16];
            latents[_random.Next(16)] = size;
            CheckAgainstDense(graph, image, latents);
        }
    }

    [Fact]
    public void Synthesize_NotFiniteOrHugeLatents_EveryPathEqualsScalar()
    {
        var image = new ImageGeometry(43, 3, 3, 1f / 255, 0);
        OnnxGraph graph = Parse(
            LinearGraphs.Decoder(Bytes(8 * image.Samples), Floats(8, 0.01f), Floats(image.Samples, 1), image),
            8,
            image
        );
        float[] extremes =
        [
            float.NaN,
            float.PositiveInfinity,
            float.NegativeInfinity,
            float.MaxValue,
            float.MinValue,
            float.Epsilon,
            1e9f,
            -1e9f,
            -0f,
            0.5f,
        ];
        for (int round = 0; round < 200; round++)
        {
            float[] latents = [.. Enumerable.Range(0, 8).Select(_ => extremes[_random.Next(extremes.Length)])];
            byte[][] images = [.. Paths.Select(path => Synthesize(graph, image, path, latents))];
            Assert.All(images, bytes => Assert.Equal(images[0], bytes));
        }
    }

    [Fact]
    public void Synthesize_NaN_GivesZero()
    {
        var image = new ImageGeometry(5, 5, 3, 1f / 255, 0);
        OnnxGraph graph = Parse(LinearGraphs.Decoder(Bytes(image.Samples), [1], Floats(image.Samples, 1), image), 1, image);
        foreach (SimdPath path in Paths)
            Assert.All(Synthesize(graph, image, path, [float.NaN]), sample => Assert.Equal(0, sample));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Synthesize_ManyInputs_EveryPathEqualsScalar(bool floatRows)
    {
        for (int round = 0; round < 100; round++)
        {
            var image = new ImageGeometry(_random.Next(1, 30), _random.Next(1, 30), _random.Next(2) == 0 ? 1 : 3, 1f / 255, 0);
            int latents = _random.Next(1, 400);
            byte[] file = floatRows
                ? LinearGraphs.Decoder(Floats(latents * image.Samples, 0.2f), Floats(image.Samples, 1), image)
                : LinearGraphs.Decoder(Bytes(latents * image.Samples), Floats(latents, 0.002f), Floats(image.Samples, 1), image);
            OnnxGraph graph = Parse(file, latents, image);
            float[] values = Latents(latents, _random.NextSingle(), 2);
            byte[] expected = Synthesize(graph, image, SimdPath.Scalar, values);
            foreach (SimdPath path in Paths)
                Assert.Equal(expected, Synthesize(graph, image, path, values));
        }
    }

    [Fact]
    public void Synthesize_AgainstDouble_RoundsToNearestHalvesUp()
    {
        // Exact in binary: 8 latents of quarter grey levels, so that halves occur and only the last step rounds.
        var image = new ImageGeometry(50, 1, 1, 1, 0);
        sbyte[] rows = Bytes(8 * 50);
        OnnxGraph graph = Parse(
            LinearGraphs.Decoder(rows, [.. Enumerable.Repeat(0.25f, 8)], [.. Enumerable.Repeat(100f, 50)], image),
            8,
            image
        );
        float[] latents = [1, 0, -2, 0, 3, 1, 0, -1];
        byte[] expected =
        [
            .. Enumerable
                .Range(0, 50)
                .Select(sample =>
                {
                    double grey = 100 + Enumerable.Range(0, 8).Sum(latent => latents[latent] * 0.25 * rows[latent * 50 + sample]);
                    return (byte)Math.Clamp(Math.Floor(grey + 0.5), 0, 255);
                }),
        ];
        foreach (SimdPath path in Paths)
            Assert.Equal(expected, Synthesize(graph, image, path, latents));
    }

    public static TheoryData<string> LinearForms =>
        [
            "float rows",
            "gemm",
            "gemm transposed",
            "gemm transposed int8",
            "bias after reshape",
            "bias first in add",
            "scalar bias",
            "two biases",
            "scale a column",
            "no bias",
            "flatten before",
        ];

    [Theory]
    [MemberData(nameof(LinearForms))]
    public void TryCreate_LinearGraph_EqualsDense(string form)
    {
        const int K = 6;
        var image = new ImageGeometry(5, 4, 3, 1f / 255, 0);
        int samples = image.Samples;
        var graph = OnnxGraphBuilder.Decoder(K, image);
        OnnxValue latents = graph.Input,
            mean = graph.Constant(Floats(samples, 1), samples);
        OnnxValue Rows() => graph.Constant(Floats(K * samples, 1), K, samples);
        OnnxValue Shaped(OnnxValue flat) => graph.Reshape(flat, 4, 5, 3);
        OnnxValue output = form switch
        {
            "float rows" => Shaped(graph.Add(graph.MatMul(latents, Rows()), mean)),
            "gemm" => Shaped(graph.Gemm(latents, Rows(), mean)),
            "gemm transposed" => Shaped(graph.Gemm(latents, graph.Constant(Floats(K * samples, 1), samples, K), mean, transposed: true)),
            "gemm transposed int8" => Shaped(
                graph.Gemm(
                    latents,
                    graph.DequantizeLinear(graph.Constant(Bytes(K * samples), samples, K), Floats(K, 0.01f), axis: 1),
                    mean,
                    transposed: true
                )
            ),
            "bias after reshape" => graph.Add(Shaped(graph.MatMul(latents, Rows())), graph.Constant(Floats(samples, 1), 4, 5, 3)),
            "bias first in add" => Shaped(graph.Add(mean, graph.MatMul(latents, Rows()))),
            "scalar bias" => Shaped(graph.Add(graph.MatMul(latents, Rows()), graph.Constant([0.5f]))),
            "two biases" => graph.Add(Shaped(graph.Gemm(latents, Rows(), mean)), graph.Constant([0.25f], 1, 1, 1, 1)),
            "scale a column" => Shaped(
                graph.MatMul(
                    latents,
                    graph.DequantizeLinear(graph.Constant(Bytes(K * samples), K, samples), Floats(samples, 0.01f), axis: 1)
                )
            ),
            "no bias" => Shaped(graph.MatMul(latents, Rows())),
            "flatten before" => Shaped(graph.Add(graph.MatMul(graph.Flatten(latents), Rows()), mean)),
            _ => throw new ArgumentException(form, nameof(form)),
        };
        OnnxGraph parsed = Parse(graph.Build(output), K, image);
        for (int round = 0; round < 20; round++)
            CheckAgainstDense(parsed, image, Latents(K, 0.7f, 1));
    }

    public static TheoryData<string> OtherForms =>
        ["relu", "two products", "scaled", "transposed", "bias before", "broadcast bias", "gathered", "product of a stack"];

    [Theory]
    [MemberData(nameof(OtherForms))]
    public void TryCreate_OtherGraph_IsNotRecognized(string form)
    {
        const int K = 4;
        var image = new ImageGeometry(2, 2, 1, 1f / 255, 0);
        var graph = OnnxGraphBuilder.Decoder(K, image);
        OnnxValue x = graph.Input,
            product = graph.MatMul(x, graph.Constant(Floats(16, 1), 4, 4));
        OnnxValue Shaped(OnnxValue flat) => graph.Reshape(flat, 2, 2, 1);
        OnnxValue output = form switch
        {
            "relu" => Shaped(graph.Relu(product)),
            "two products" => Shaped(graph.MatMul(product, graph.Constant(Floats(16, 1), 4, 4))),
            "scaled" => Shaped(graph.Mul(product, graph.Constant([2f]))),
            "transposed" => graph.Transpose(Shaped(product), 0, 2, 1, 3),
            "bias before" => Shaped(graph.MatMul(graph.Add(x, graph.Constant([2f])), graph.Constant(Floats(16, 1), 4, 4))),
            "broadcast bias" => graph.Add(Shaped(product), graph.Constant([1f, 2f], 2, 1)),
            "gathered" => Shaped(graph.Gather(product, 1, 3, 2, 1, 0)),
            "product of a stack" => graph.Reshape(graph.MatMul(graph.Reshape(x, 2, 2), graph.Constant(Floats(4, 1), 2, 2)), 2, 2, 1),
            _ => throw new ArgumentException(form, nameof(form)),
        };
        Assert.False(LinearSynthesis.TryCreate(Parse(graph.Build(output), K, image), image, SimdPath.Scalar, out _));
    }

    [Fact]
    public void Synthesize_WrongLengths_Throws()
    {
        var image = new ImageGeometry(2, 2, 1, 1, 0);
        Assert.True(
            LinearSynthesis.TryCreate(
                Parse(LinearGraphs.Decoder(Floats(12, 1), Floats(4, 1), image), 3, image),
                image,
                SimdPath.Scalar,
                out LinearSynthesis? synthesis
            )
        );
        Assert.Throws<ArgumentException>(() => synthesis.Synthesize(new float[2], new byte[4]));
        Assert.Throws<ArgumentException>(() => synthesis.Synthesize(new float[3], new byte[5]));
    }

    private static OnnxGraph Parse(byte[] file, int latents, ImageGeometry image) =>
        OnnxGraph.Parse(file, "head image", GraphSignature.Decoder(latents, image));

    private static byte[] Synthesize(OnnxGraph graph, ImageGeometry image, SimdPath path, float[] latents)
    {
        Assert.True(LinearSynthesis.TryCreate(graph, image, path, out LinearSynthesis? synthesis));
        var pixels = new byte[image.Samples];
        synthesis.Synthesize(latents, pixels);
        return pixels;
    }

    private static void CheckAgainstDense(OnnxGraph graph, ImageGeometry image, float[] latents)
    {
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, graph);
        var floats = new float[image.Samples];
        runtime.Run(latents, 1, floats);
        var dense = new byte[image.Samples];
        new PixelScaling(image).ToBytes(floats, dense);
        byte[] scalar = Synthesize(graph, image, SimdPath.Scalar, latents);
        for (int sample = 0; sample < dense.Length; sample++)
            Assert.InRange(scalar[sample] - dense[sample], -1, 1);
        foreach (SimdPath path in Paths)
            Assert.Equal(scalar, Synthesize(graph, image, path, latents));
    }

    private float[] Latents(int count, float density, float size) =>
        [.. Enumerable.Range(0, count).Select(_ => _random.NextSingle() < density ? (_random.NextSingle() * 2 - 1) * size : 0)];

    private float[] Floats(int count, float size) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 2 - 1) * size)];

    private sbyte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)_random.Next(-128, 128))];
}
