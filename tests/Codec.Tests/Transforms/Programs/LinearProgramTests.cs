using Codec.Images;
using Codec.Onnx;
using Codec.Simd;
using Codec.Transforms;
using Codec.Transforms.Programs;

namespace Codec.Tests.Transforms.Programs;

/// <summary>Compares linear graphs of every operator in our own code with ONNX Runtime, on every path.</summary>
public sealed class LinearProgramTests
{
    private const int K = 24;

    private static readonly ImageGeometry Image = new(5, 4, 3, 1f / 255, 0);

    private readonly Random _random = new(7);

    public static TheoryData<string> LinearForms =>
        [
            "gemm",
            "product of a stack",
            "many rows",
            "more rows and columns than a block",
            "rows a transpose apart",
            "transposed constant",
            "int8 a row",
            "int8 a column",
            "transposed int8",
            "slices joined",
            "every second",
            "from the end",
            "sum of products",
            "difference of products",
            "less a constant",
            "times a constant",
            "constant of all axes",
            "constant repeated",
            "value repeated",
            "constant first",
            "input alone",
            "input turned",
            "part of a product",
        ];

    [Theory]
    [MemberData(nameof(LinearForms))]
    public void Run_LinearGraph_EqualsOnnxRuntimeOnEveryPath(string form)
    {
        OnnxGraph graph = Linear(form);
        using var network = new NetworkRun(OnnxNetworkRuntime.Instance, graph);
        foreach (int batch in new[] { 1, 3, 8, 17 })
        {
            // Sums of few rows skip zeros; the result must not change.
            float[] input =
            [
                .. Enumerable
                    .Range(0, batch * graph.Signature.InputLength)
                    .Select(_ => _random.Next(4) == 0 ? 0 : _random.NextSingle() * 2 - 1),
            ];
            var expected = new float[batch * graph.Signature.OutputLength];
            network.Run(input, batch, expected);

            float[][] actual = [.. Enum.GetValues<SimdPath>().Select(path => Run(graph, path, input, batch))];

            Assert.All(expected.Zip(actual[0]), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
            Assert.All(actual, output => Assert.Equal(actual[0], output));
        }
    }

    [Theory]
    [InlineData("rectified")]
    [InlineData("product of two values")]
    [InlineData("constant less a value")]
    [InlineData("gathered")]
    public void TryCreate_OtherGraph_IsNotRecognized(string form)
    {
        OnnxGraphBuilder graph = OnnxGraphBuilder.Decoder(Image.Samples, Image);
        OnnxValue x = graph.Input;
        OnnxValue output = form switch
        {
            "rectified" => graph.Relu(x),
            "product of two values" => graph.Mul(x, x),
            "constant less a value" => graph.Sub(graph.Constant([1f]), x),
            "gathered" => graph.Gather(x, 1, [.. Enumerable.Range(0, Image.Samples).Select(i => (long)i)]),
            _ => throw new ArgumentException(form, nameof(form)),
        };
        Assert.False(LinearProgram.TryCreate(Parse(graph.Build(Shaped(graph, output)), Image.Samples), SimdPath.Scalar, out _));
    }

    [Fact]
    public void TryCreate_MatrixThatPackedTakesFarMoreMemory_IsNotRecognized()
    {
        const int deep = 40_000;
        var image = new ImageGeometry(1, 1, 1, 1, 0);
        OnnxGraphBuilder graph = OnnxGraphBuilder.Decoder(deep, image);
        byte[] file = graph.Build(graph.Reshape(graph.MatMul(graph.Input, graph.Constant(Floats(deep), deep, 1)), 1, 1, 1));
        Assert.False(LinearProgram.TryCreate(OnnxGraph.Parse(file, "test", GraphSignature.Decoder(deep, image)), SimdPath.Scalar, out _));
    }

    [Fact]
    public void Run_WrongLengths_Throws()
    {
        Assert.True(LinearProgram.TryCreate(Linear("gemm"), SimdPath.Scalar, out LinearProgram? program));
        Assert.Throws<ArgumentOutOfRangeException>(() => program.Run([], 0, []));
        Assert.Throws<ArgumentException>(() => program.Run(new float[K + 1], 1, new float[Image.Samples]));
        Assert.Throws<ArgumentException>(() => program.Run(new float[2 * K], 2, new float[Image.Samples]));
    }

    [Fact]
    public void Run_ManyThreads_GiveTheSameFloats()
    {
        Assert.True(LinearProgram.TryCreate(Linear("slices joined"), SimdPaths.Selected, out LinearProgram? program));
        float[] input = Floats(17 * K),
            expected = new float[17 * Image.Samples];
        program.Run(input, 17, expected);
        Parallel.For(
            0,
            64,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            _ =>
            {
                var output = new float[expected.Length];
                program.Run(input, 17, output);
                Assert.Equal(expected, output);
            }
        );
    }

    private OnnxGraph Linear(string form)
    {
        int samples = Image.Samples,
            latents = form is "input alone" or "input turned" ? samples : K;
        OnnxGraphBuilder graph = OnnxGraphBuilder.Decoder(latents, Image);
        OnnxValue x = graph.Input;
        OnnxValue Matrix(int rows, int columns) => graph.Constant(Floats(rows * columns), rows, columns);
        OnnxValue Product() => graph.MatMul(x, Matrix(K, samples));
        OnnxValue Int8(int rows, int columns, int axis) =>
            graph.DequantizeLinear(graph.Constant(Bytes(rows * columns), rows, columns), Floats(axis == 0 ? rows : columns, 0.01f), axis);
        OnnxValue output = form switch
        {
            "gemm" => graph.Gemm(x, Matrix(samples, K), graph.Constant(Floats(samples), samples), transposed: true),
            "product of a stack" => graph.MatMul(graph.Reshape(x, 4, 6), Matrix(6, 15)),
            "many rows" => graph.MatMul(graph.Reshape(x, 12, 2), Matrix(2, 5)),
            "more rows and columns than a block" => graph.MatMul(graph.MatMul(graph.Reshape(x, 12, 2), Matrix(2, 300)), Matrix(300, 5)),
            "rows a transpose apart" => graph.Transpose(
                graph.MatMul(graph.Transpose(graph.Reshape(x, 2, 3, 4), 0, 3, 2, 1), Matrix(2, 5)),
                0,
                2,
                3,
                1
            ),
            "transposed constant" => graph.MatMul(x, graph.Transpose(Matrix(samples, K), 1, 0)),
            "int8 a row" => graph.MatMul(x, Int8(K, samples, axis: 0)),
            "int8 a column" => graph.MatMul(x, Int8(K, samples, axis: 1)),
            "transposed int8" => graph.Gemm(x, Int8(samples, K, axis: 0), transposed: true),
            "slices joined" => graph.Concat(
                1,
                graph.MatMul(graph.Slice(x, 1, 0, 10), Matrix(10, 20)),
                graph.MatMul(graph.Slice(x, 1, 10, K), Matrix(14, 40))
            ),
            "every second" => graph.MatMul(graph.Slice(x, 1, 1, K, step: 2), Matrix(12, samples)),
            "from the end" => graph.MatMul(graph.Slice(graph.Reshape(x, 4, 6), -1, -2, 100), Matrix(2, 15)),
            "sum of products" => graph.Add(Product(), Product()),
            "difference of products" => graph.Sub(Product(), Product()),
            "less a constant" => graph.MatMul(graph.Sub(x, graph.Constant(Floats(K), K)), Matrix(K, samples)),
            "times a constant" => graph.Mul(Product(), graph.Constant([0.5f])),
            "constant of all axes" => graph.Add(graph.Reshape(Product(), 4, 15), graph.Constant(Floats(15), 1, 1, 15)),
            "constant repeated" => graph.Add(graph.Reshape(Product(), 4, 15), graph.Constant(Floats(4), 4, 1)),
            "value repeated" => graph.Add(
                graph.Reshape(graph.MatMul(x, Matrix(K, 4)), 4, 1),
                graph.Reshape(graph.MatMul(x, Matrix(K, 15)), 1, 15)
            ),
            "constant first" => graph.Add(graph.Constant(Floats(samples), samples), Product()),
            "input alone" => x,
            "input turned" => graph.Transpose(graph.Reshape(x, 3, 20), 0, 2, 1),
            "part of a product" => graph.Slice(graph.Reshape(graph.MatMul(x, Matrix(K, 2 * samples)), samples, 2), 2, 1, 2),
            _ => throw new ArgumentException(form, nameof(form)),
        };
        return Parse(graph.Build(Shaped(graph, output)), latents);
    }

    private static OnnxValue Shaped(OnnxGraphBuilder graph, OnnxValue value) =>
        graph.Reshape(value, Image.Height, Image.Width, Image.Channels);

    private static OnnxGraph Parse(byte[] file, int latents) => OnnxGraph.Parse(file, "test", GraphSignature.Decoder(latents, Image));

    private static float[] Run(OnnxGraph graph, SimdPath path, float[] input, int batch)
    {
        Assert.True(LinearProgram.TryCreate(graph, path, out LinearProgram? program));
        var output = new float[batch * graph.Signature.OutputLength];
        program.Run(input, batch, output);
        return output;
    }

    private float[] Floats(int count, float size = 1) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 2 - 1) * size)];

    private sbyte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)_random.Next(-128, 128))];
}
