using Codec.Errors;
using Codec.Images;
using Codec.Onnx;
using Codec.Transforms;

namespace Codec.Tests.Onnx;

/// <summary>Compares each operator of the builder, run by ONNX Runtime, with plain C#.</summary>
public sealed class OnnxOperatorTests
{
    private const int Batch = 3;

    private readonly Random _random = new(20240611);

    [Theory]
    [InlineData("Add")]
    [InlineData("Sub")]
    [InlineData("Mul")]
    [InlineData("Div")]
    public void Binary_WithBroadcastConstant_MatchesReference(string name)
    {
        float[] constant = [0.5f, -2, 3];
        Check(
            [4, 3],
            [4, 3],
            (graph, x) => Apply(graph, name, x, graph.Constant(constant, 3)),
            x => [.. x.Select((value, index) => Apply(name, value, constant[index % 3]))]
        );
        Check(
            [4, 3],
            [4, 3],
            (graph, x) => Apply(graph, name, x, graph.Sigmoid(x)),
            x => [.. x.Select(value => Apply(name, value, Sigmoid(value)))]
        );
    }

    [Fact]
    public void Unary_OnRandomData_MatchesReference()
    {
        CheckUnary((graph, x) => graph.Relu(x), x => Math.Max(x, 0));
        CheckUnary((graph, x) => graph.LeakyRelu(x, 0.2f), x => x < 0 ? 0.2f * x : x);
        CheckUnary((graph, x) => graph.Tanh(x), MathF.Tanh);
        CheckUnary((graph, x) => graph.Sigmoid(x), Sigmoid);
        CheckUnary((graph, x) => graph.Clip(x, -0.25f, 0.5f), x => Math.Clamp(x, -0.25f, 0.5f));
        CheckUnary((graph, x) => graph.Sqrt(graph.Mul(x, x)), MathF.Abs);
    }

    [Fact]
    public void FlattenAndReshape_KeepOrder()
    {
        Check([2, 3, 4], [24], (graph, x) => graph.Flatten(x), x => x);
        Check([2, 3, 4], [4, 6], (graph, x) => graph.Reshape(x, 4, 6), x => x);
    }

    [Fact]
    public void Transpose_ChannelsFirst_MatchesReference() =>
        Check(
            [2, 3, 4],
            [4, 2, 3],
            (graph, x) => graph.Transpose(x, 0, 3, 1, 2),
            x => Fill([4, 2, 3], at => x[(at[1] * 3 + at[2]) * 4 + at[0]])
        );

    [Fact]
    public void Transpose_OfConstant_MatchesReference()
    {
        float[] weights = Randoms(6);
        Check(
            [3],
            [2],
            (graph, x) => graph.MatMul(x, graph.Transpose(graph.Constant(weights, 2, 3), 1, 0)),
            x => Fill([2], at => Sum(3, k => x[k] * weights[at[0] * 3 + k]))
        );
    }

    [Fact]
    public void Concat_AlongChannels_MatchesReference() =>
        Check(
            [2, 3],
            [6, 3],
            (graph, x) => graph.Concat(1, x, graph.Relu(x), x),
            x => [.. x, .. x.Select(value => Math.Max(value, 0)), .. x]
        );

    [Theory]
    [InlineData(1, 6, 1)]
    [InlineData(-5, -1, 1)]
    [InlineData(0, 100, 3)]
    public void Slice_OfAxis_MatchesReference(int start, int end, int step)
    {
        int[] indices =
        [
            .. Enumerable
                .Range(0, 7)
                .Where(i => i >= (start < 0 ? start + 7 : start) && i < (end < 0 ? end + 7 : end) && (i - start) % step == 0),
        ];
        Check(
            [2, 7],
            [2, indices.Length],
            (graph, x) => graph.Slice(x, 2, start, end, step),
            x => Fill([2, indices.Length], at => x[at[0] * 7 + indices[at[1]]])
        );
    }

    [Fact]
    public void Gather_OfAxis_MatchesReference()
    {
        int[] indices = [4, 0, 0, 2];
        Check([2, 5], [2, 4], (graph, x) => graph.Gather(x, 2, -1, 0, 0, 2), x => Fill([2, 4], at => x[at[0] * 5 + indices[at[1]]]));
    }

    [Fact]
    public void DepthToSpace_BothOrders_MatchReference()
    {
        Check(
            [12, 2, 3],
            [3, 4, 6],
            (graph, x) => graph.DepthToSpace(x, 2),
            x => Fill([3, 4, 6], at => x[((at[0] * 4 + at[1] % 2 * 2 + at[2] % 2) * 2 + at[1] / 2) * 3 + at[2] / 2])
        );
        Check(
            [12, 2, 3],
            [3, 4, 6],
            (graph, x) => graph.DepthToSpace(x, 2, channelsOutermost: false),
            x => Fill([3, 4, 6], at => x[(((at[1] % 2 * 2 + at[2] % 2) * 3 + at[0]) * 2 + at[1] / 2) * 3 + at[2] / 2])
        );
    }

    [Fact]
    public void SpaceToDepth_MatchesReference() =>
        Check(
            [3, 4, 6],
            [12, 2, 3],
            (graph, x) => graph.SpaceToDepth(x, 2),
            x => Fill([12, 2, 3], at => x[(at[0] % 3 * 4 + at[1] * 2 + at[0] / 3 / 2) * 6 + at[2] * 2 + at[0] / 3 % 2])
        );

    [Fact]
    public void MatMul_OfMatrixAndStack_MatchesReference()
    {
        float[] weights = Randoms(5 * 4);
        Check(
            [5],
            [4],
            (graph, x) => graph.MatMul(x, graph.Constant(weights, 5, 4)),
            x => Fill([4], at => Sum(5, k => x[k] * weights[k * 4 + at[0]]))
        );
        Check(
            [2, 5],
            [2, 4],
            (graph, x) => graph.MatMul(x, graph.Constant(weights, 5, 4)),
            x => Fill([2, 4], at => Sum(5, k => x[at[0] * 5 + k] * weights[k * 4 + at[1]]))
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gemm_WithBias_MatchesReference(bool transposed)
    {
        float[] weights = Randoms(5 * 4),
            bias = Randoms(4);
        Check(
            [5],
            [4],
            (graph, x) => graph.Gemm(x, graph.Constant(weights, transposed ? [4, 5] : [5, 4]), graph.Constant(bias, 4), transposed),
            x => Fill([4], at => bias[at[0]] + Sum(5, k => x[k] * weights[transposed ? at[0] * 5 + k : k * 4 + at[0]]))
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void DequantizeLinear_WithScales_MatchesReference(int axis)
    {
        sbyte[] rows = [.. Enumerable.Range(0, 15).Select(_ => (sbyte)_random.Next(-128, 128))];
        float[] scales = Randoms(axis == 0 ? 5 : 3);
        Check(
            [5],
            [3],
            (graph, x) => graph.MatMul(x, graph.DequantizeLinear(graph.Constant(rows, 5, 3), scales, axis)),
            x => Fill([3], at => Sum(5, k => x[k] * rows[k * 3 + at[0]] * scales[axis == 0 ? k : at[0]])),
            tolerance: 1e-3f
        );
    }

    [Theory]
    [InlineData(1, 0, 1, 1)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 2, 1, 2)]
    [InlineData(2, 2, 2, 1)]
    public void Conv_WithWindow_MatchesReference(int stride, int padding, int dilation, int groups)
    {
        const int Channels = 4,
            Height = 7,
            Width = 9,
            Outputs = 6,
            Kernel = 3;
        int taken = Channels / groups,
            outputHeight = Side(Height),
            outputWidth = Side(Width);
        float[] weights = Randoms(Outputs * taken * Kernel * Kernel),
            bias = Randoms(Outputs);
        Check(
            [Channels, Height, Width],
            [Outputs, outputHeight, outputWidth],
            (graph, x) =>
                graph.Conv(
                    x,
                    graph.Constant(weights, Outputs, taken, Kernel, Kernel),
                    graph.Constant(bias, Outputs),
                    stride,
                    padding,
                    dilation,
                    groups
                ),
            x =>
                Fill(
                    [Outputs, outputHeight, outputWidth],
                    at =>
                        bias[at[0]]
                        + Sum(
                            taken * Kernel * Kernel,
                            tap =>
                            {
                                (int channel, int row, int column) = (tap / 9, tap / 3 % 3, tap % 3);
                                int y = at[1] * stride - padding + row * dilation,
                                    z = at[2] * stride - padding + column * dilation;
                                int source = at[0] / (Outputs / groups) * taken + channel;
                                return y < 0 || y >= Height || z < 0 || z >= Width
                                    ? 0
                                    : x[(source * Height + y) * Width + z] * weights[at[0] * taken * 9 + tap];
                            }
                        )
                )
        );

        int Side(int side) => (side + 2 * padding - dilation * (Kernel - 1) - 1) / stride + 1;
    }

    [Theory]
    [InlineData(1, 0, 0, 1, 1)]
    [InlineData(2, 1, 1, 1, 1)]
    [InlineData(2, 1, 0, 1, 2)]
    [InlineData(3, 2, 2, 2, 1)]
    public void ConvTranspose_WithWindow_MatchesReference(int stride, int padding, int outputPadding, int dilation, int groups)
    {
        const int Channels = 4,
            Height = 3,
            Width = 5,
            Outputs = 6,
            Kernel = 3;
        int given = Outputs / groups,
            outputHeight = Side(Height),
            outputWidth = Side(Width);
        float[] weights = Randoms(Channels * given * Kernel * Kernel),
            bias = Randoms(Outputs);
        Check(
            [Channels, Height, Width],
            [Outputs, outputHeight, outputWidth],
            (graph, x) =>
                graph.ConvTranspose(
                    x,
                    graph.Constant(weights, Channels, given, Kernel, Kernel),
                    graph.Constant(bias, Outputs),
                    stride,
                    padding,
                    outputPadding,
                    dilation,
                    groups
                ),
            x =>
            {
                float[] result = Fill([Outputs, outputHeight, outputWidth], at => bias[at[0]]);
                for (int source = 0; source < Channels * Height * Width; source++)
                {
                    (int channel, int y, int z) = (source / (Height * Width), source / Width % Height, source % Width);
                    for (int tap = 0; tap < given * Kernel * Kernel; tap++)
                    {
                        int target = channel / (Channels / groups) * given + tap / 9;
                        int row = y * stride - padding + tap / 3 % 3 * dilation,
                            column = z * stride - padding + tap % 3 * dilation;
                        if (row >= 0 && row < outputHeight && column >= 0 && column < outputWidth)
                            result[(target * outputHeight + row) * outputWidth + column] += x[source] * weights[channel * given * 9 + tap];
                    }
                }

                return result;
            }
        );

        int Side(int side) => stride * (side - 1) + outputPadding + dilation * (Kernel - 1) + 1 - 2 * padding;
    }

    [Fact]
    public void Build_Twice_Throws()
    {
        var graph = OnnxGraphBuilder.Decoder(12, new ImageGeometry(2, 2, 3, 1, 0));
        OnnxValue output = graph.Reshape(graph.Input, 2, 2, 3);
        graph.Build(output);
        Assert.Throws<InvalidOperationException>(() => graph.Build(output));
    }

    [Fact]
    public void Build_SameCalls_SameBytes()
    {
        Assert.Equal(BuildOnce(), BuildOnce());

        static byte[] BuildOnce() => LinearGraphs.Decoder(new float[24], new float[12], new ImageGeometry(2, 2, 3, 1, 0));
    }

    [Fact]
    public void Build_ShapesDoNotFit_SaysWhere()
    {
        var graph = OnnxGraphBuilder.Decoder(4, new ImageGeometry(2, 2, 3, 1, 0));
        OnnxValue output = graph.MatMul(graph.Input, graph.Constant(new float[15], 5, 3));
        var exception = Assert.Throws<InvalidModelException>(() => graph.Build(output));
        Assert.Contains("MatMul", exception.Message, StringComparison.Ordinal);
        Assert.Contains("[N, 4] and [5, 3]", exception.Message, StringComparison.Ordinal);
    }

    private static OnnxValue Apply(OnnxGraphBuilder graph, string name, OnnxValue a, OnnxValue b) =>
        name switch
        {
            "Add" => graph.Add(a, b),
            "Sub" => graph.Sub(a, b),
            "Mul" => graph.Mul(a, b),
            _ => graph.Div(a, b),
        };

    private static float Apply(string name, float a, float b) =>
        name switch
        {
            "Add" => a + b,
            "Sub" => a - b,
            "Mul" => a * b,
            _ => a / b,
        };

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    private static float Sum(int count, Func<int, float> term) => (float)Enumerable.Range(0, count).Sum(index => (double)term(index));

    private static float[] Fill(int[] shape, Func<int[], float> element)
    {
        var result = new float[shape.Aggregate(1, (product, side) => product * side)];
        var at = new int[shape.Length];
        for (int index = 0; index < result.Length; index++)
        {
            for (int axis = shape.Length - 1, rest = index; axis >= 0; rest /= shape[axis--])
                at[axis] = rest % shape[axis];
            result[index] = element(at);
        }

        return result;
    }

    private void CheckUnary(Func<OnnxGraphBuilder, OnnxValue, OnnxValue> build, Func<float, float> reference) =>
        Check([5, 7], [5, 7], build, x => [.. x.Select(reference)]);

    /// <summary>Runs a batch through the graph, and each of its images through the reference.</summary>
    private void Check(
        int[] inputShape,
        int[] outputShape,
        Func<OnnxGraphBuilder, OnnxValue, OnnxValue> build,
        Func<float[], float[]> reference,
        float tolerance = 1e-5f
    )
    {
        var signature = new GraphSignature("in", inputShape, "out", outputShape);
        var builder = new OnnxGraphBuilder(signature);
        byte[] file = builder.Build(build(builder, builder.Input));
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, OnnxGraph.Parse(file, "test", signature));
        float[] input = Randoms(Batch * signature.InputLength);
        var output = new float[Batch * signature.OutputLength];
        runtime.Run(input, Batch, output);
        float[] expected = [.. input.Chunk(signature.InputLength).SelectMany(reference)];
        Assert.Equal(expected.Length, output.Length);
        for (int index = 0; index < expected.Length; index++)
            Assert.Equal(expected[index], output[index], tolerance);
    }

    private float[] Randoms(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.NextSingle() * 2 - 1)];
}
